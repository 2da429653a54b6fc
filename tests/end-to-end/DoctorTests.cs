using System.Text.RegularExpressions;
using Canary.Testing;

namespace Canary.EndToEnd.Tests;

/// <summary><c>canary doctor</c> on services in processes of their own, whose broker and database fall ill.</summary>
public sealed partial class DoctorTests
{
    [Fact]
    public async Task What_every_service_depends_on_is_named_with_what_is_wrong_and_what_to_do()
    {
        await using var five = await DistributedInstallation.StartAsync();
        var rabbit = $"{RabbitMqServer.Host}:{five.Rabbit.Port}";
        var version = (string)(await five.Rabbit.AskAsync("overview"))["rabbitmq_version"]!;
        var postgres = $"{PostgresServer.Host}:{five.Postgres.Port}";

        await ShouldSayAsync(
            five,
            exitCode: 0,
            $"rabbitmq: RabbitMQ {version} at {rabbit}, virtual host {five.VirtualHost}",
            $"at {postgres}, database {five.Database}",
            "packager: rabbitmq: RabbitMQ",
            "packager: postgresql: PostgreSQL",
            "packager: git: git 2.",
            "deployer: jump-hosts: No host is behind a jump host.",
            "deployer: ssh-key: No host is reached over SSH.",
            "All is well."
        );

        await five.Rabbit.ControlAsync("set_disk_free_limit", "900000GB");
        await ShouldSayAsync(
            five,
            exitCode: 1,
            $"rabbitmq: RabbitMQ at {rabbit} takes no messages: low on disk.",
            "deployer: rabbitmq: RabbitMQ at",
            "rabbitmq-diagnostics alarms"
        );
        await five.Rabbit.ControlAsync("set_disk_free_limit", "1MB");

        await five.Postgres.QueryAsync(
            "postgres",
            $"ALTER DATABASE {five.Database} SET default_transaction_read_only = on"
        );
        await ShouldSayAsync(
            five,
            exitCode: 1,
            $"postgresql: The database {five.Database} at {postgres} is set to be read only.",
            "deployer: postgresql: The database",
            "RESET default_transaction_read_only"
        );

        await five.Rabbit.KillAsync();
        await five.Postgres.KillAsync();
        await ShouldSayAsync(
            five,
            exitCode: 1,
            $"rabbitmq: RabbitMQ at {rabbit} does not answer: Connection refused",
            $"postgresql: PostgreSQL at {postgres} does not answer",
            "deployer: rabbitmq: RabbitMQ at",
            "deployer: postgresql: PostgreSQL at",
            "hosting.transport.hosts",
            "hosting.storage.host",
            "Something is wrong; see the remedies."
        );
    }

    private static Task ShouldSayAsync(DistributedInstallation five, int exitCode, params string[] words) =>
        Eventually.PassesAsync(async () =>
        {
            var doctor = await DoctorAsync(five);
            var said = Space().Replace(doctor.Output, " ");
            foreach (var word in words)
            {
                said.ShouldContain(word, customMessage: doctor.Output);
            }

            doctor.ExitCode.ShouldBe(exitCode, said);
        });

    private static async Task<ToolResult> DoctorAsync(DistributedInstallation five)
    {
        using var data = new TempDirectory();
        return await ProcessRunner.RunAsync(
            "dotnet",
            [Path.Combine(AppContext.BaseDirectory, "canary.dll"), "doctor"],
            data.Path,
            new Dictionary<string, string?>
            {
                ["CANARY_DATA"] = data.Path,
                ["CANARY_SERVER"] = five.Processes.Single(process => process.Service == "ingress").Address.ToString(),
                ["CANARY_TOKEN"] = null,
            }
        );
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}
