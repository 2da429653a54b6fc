using Canary.Fleet.Tests.World;

namespace Canary.Fleet.Tests.Audit;

/// <summary>All hosts run one version, by their dpkg and by what they answer, and get all of their requests.</summary>
internal sealed class FleetAudit(FleetWorld world)
{
    /// <param name="version">Version of the package that they are to run.</param>
    public async Task<IReadOnlyList<string>> FindAsync(string version) =>
        [
            .. (await Task.WhenAll(world.Balancers.Select(balancer => balancer.HeldBackAsync()))).SelectMany(it => it),
            .. (await Task.WhenAll(world.Hosts.Keys.Select(host => FindOnAsync(host, version)))).SelectMany(it => it),
        ];

    private async Task<IEnumerable<string>> FindOnAsync(string host, string version)
    {
        var machine = world.Hosts[host];
        var found = new List<string>();
        if (await machine.InstalledAsync("shop") is var installed && installed != version)
        {
            found.Add($"{host} has {installed ?? "no shop"} and not {version}");
        }

        if (
            (await machine.RunAsync("systemctl", "is-active", "shop.service")).Output.Trim()
            is var state
                and not "active"
        )
        {
            found.Add($"{host}: shop.service is {state}");
        }

        return found;
    }
}
