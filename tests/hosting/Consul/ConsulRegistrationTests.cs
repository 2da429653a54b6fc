using System.Text.Json.Nodes;
using Canary.Testing;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Canary.Hosting.Tests.Consul;

public sealed class ConsulRegistrationTests
{
    private const string Service = "canary-parcels";

    [Fact]
    public async Task A_service_is_registered_with_its_readiness_and_goes_when_it_stops()
    {
        await using var consul = await ConsulServer.StartAsync();
        await using (var host = await ConsulHost.StartAsync(consul, "register=true", "checkinterval=00:00:01"))
        {
            await Eventually.TrueAsync(async () => StatusOf(await consul.InstancesAsync(Service)) == "passing");

            var service = (await consul.InstancesAsync(Service))[0]!["Service"]!;
            service["Address"]!.GetValue<string>().ShouldBe("127.0.0.1");
            service["Port"]!.GetValue<int>().ShouldBe(host.Address.Port);
            var report = await host.Get<HealthCheckService>().CheckHealthAsync();
            report.Entries["consul"].Status.ShouldBe(HealthStatus.Healthy);
            report.Entries["consul"].Description.ShouldBe($"Consul 1.8.7 answers at {consul.Address}.");
        }

        (await consul.ServicesAsync()).ShouldNotContain(Service);
    }

    [Fact]
    public async Task A_service_that_listens_on_all_addresses_is_where_its_agent_is()
    {
        await using var consul = await ConsulServer.StartAsync();
        await using var host = await TestHost.StartAsync(
            _ => { },
            "--hosting:listen=http://0.0.0.0:0",
            $"--hosting:consul:addresses:0={consul.Address}",
            "--hosting:consul:register=true",
            "--hosting:consul:checkinterval=00:00:01"
        );

        await Eventually.TrueAsync(async () => StatusOf(await consul.InstancesAsync(Service)) == "passing");

        (await consul.InstancesAsync(Service))[0]!["Service"]!["Address"]!.GetValue<string>().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_consul_that_comes_late_or_forgets_gets_the_registration()
    {
        await using var consul = await ConsulServer.StartAsync();
        await consul.KillAsync();
        await using var host = await ConsulHost.StartAsync(
            consul,
            "register=true",
            "checkinterval=00:00:01",
            "timelimit=00:00:01"
        );
        using var http = new HttpClient();
        (await http.GetAsync(new Uri(host.Address, "health/ready"))).IsSuccessStatusCode.ShouldBeTrue(
            "A host does its work without Consul."
        );
        var report = await host.Get<HealthCheckService>().CheckHealthAsync();
        report.Entries["consul"].Status.ShouldBe(HealthStatus.Unhealthy);

        await consul.StartAgainAsync(empty: true);
        await Eventually.TrueAsync(async () => (await consul.ServicesAsync()).Contains(Service));
        await consul.KillAsync();
        await consul.StartAgainAsync(empty: true);
        await Eventually.TrueAsync(async () => (await consul.ServicesAsync()).Contains(Service));
    }

    [Fact]
    public async Task Nothing_is_registered_unless_it_is_switched_on()
    {
        await using var consul = await ConsulServer.StartAsync();
        await using var host = await ConsulHost.StartAsync(consul);

        (await consul.ServicesAsync()).ShouldBe(["consul"]);
    }

    private static string? StatusOf(JsonArray instances) =>
        instances.Count == 1
            ? instances[0]!["Checks"]!.AsArray().Single(check => check!["Name"]!.GetValue<string>() == "readiness")![
                "Status"
            ]!.GetValue<string>()
            : null;
}
