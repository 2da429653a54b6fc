using Canary.Contracts.Deploying;
using Canary.Deployer.Inventory;
using Canary.Testing;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.Deployer.Tests.Enrolment;

/// <summary>The keys that hosts have enrolled with vouch for them where nobody has written others.</summary>
public sealed class EnrolledHostTests
{
    private const string Hosts = """
        hosts:
          - { name: web-1, address: 10.0.0.1, channel: production, transport: ssh }
          - { name: web-2, address: 10.0.0.2, channel: production, transport: ssh, ssh: { host-keys: ['SHA256:ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs'] } }

        """;

    private const string Written = "SHA256:ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs";

    private const string First = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU";

    private const string Second = "SHA256:LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ";

    [Fact]
    public async Task They_are_the_hosts_keys_also_after_a_restart_and_the_newest_enrolment_counts()
    {
        await using var host = await DeployerHost.StartAsync(["production-1"]);
        host.WriteInventoryText(Hosts);

        await host.SendAsync(
            new EnrolHost
            {
                Number = 5,
                Host = "web-1",
                HostKeys = [First],
            }
        );
        await KnownAsync(host, 5);
        await host.SendAsync(
            new EnrolHost
            {
                Number = 7,
                Host = "web-1",
                HostKeys = [Second],
            }
        );
        await KnownAsync(host, 7);
        // One that was long on its way.
        await host.SendAsync(
            new EnrolHost
            {
                Number = 6,
                Host = "web-1",
                HostKeys = [First],
            }
        );
        await KnownAsync(host, 6);

        (await KeysAsync(host, "web-1")).ShouldBe([Second]);
        await host.RestartAsync();
        (await KeysAsync(host, "web-1")).ShouldBe([Second]);
    }

    [Fact]
    public async Task What_the_inventory_says_decides_alone()
    {
        await using var host = await DeployerHost.StartAsync(["production-1"]);
        host.WriteInventoryText(Hosts);

        await host.SendAsync(
            new EnrolHost
            {
                Number = 1,
                Host = "web-2",
                HostKeys = [First],
            }
        );
        await KnownAsync(host, 1);

        (await KeysAsync(host, "web-2")).ShouldBe([Written]);
    }

    [Fact]
    public async Task The_fleet_is_told_again_with_the_keys_and_with_what_hosts_have_to_let_in()
    {
        await using var host = await DeployerHost.StartAsync(["production-1"]);
        host.WriteInventoryText(Hosts);

        await host.SendAsync(
            new EnrolHost
            {
                Number = 1,
                Host = "web-1",
                HostKeys = [First],
            }
        );

        var told = await Eventually.NotNullAsync(() =>
            Task.FromResult(
                host.Heard.Messages.OfType<FleetObserved>()
                    .FirstOrDefault(fleet => fleet.Hosts.Any(it => it.Name == "web-1" && it.HostKeys.Contains(First)))
            )
        );
        told.DeployerKey.ShouldBe(
            (await File.ReadAllTextAsync(Path.Combine(host.DataPath, "deployer", "ssh", "id_ed25519.pub"))).Trim()
        );
    }

    private static Task KnownAsync(DeployerHost host, long number) =>
        Eventually.TrueAsync(() =>
            Task.FromResult(host.Heard.Messages.OfType<AcknowledgeEnrolment>().Any(it => it.Number == number))
        );

    private static async Task<IReadOnlyList<string>> KeysAsync(DeployerHost host, string name) =>
        (
            await host
                .Services.GetRequiredService<IInventory>()
                .FindAsync(name, "shop", TestContext.Current.CancellationToken)
        )
            .ToContract()
            .HostKeys;
}
