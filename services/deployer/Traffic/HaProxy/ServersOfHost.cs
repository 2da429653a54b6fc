using System.Globalization;
using Canary.Deployer.Inventory;

namespace Canary.Deployer.Traffic.HaProxy;

/// <summary>Finds the servers of a backend that a host is: the one that is called as the host is, else those with its address, which is
/// how a <c>server-template</c> knows it.</summary>
internal static class ServersOfHost
{
    public static IReadOnlyList<ServerState> In(IReadOnlyList<ServerState> servers, string backend, InventoryHost host)
    {
        var all = servers.Where(server => server.Backend == backend && server.IsResolved).ToList();
        var named = all.Where(server => server.Name == host.Name).ToList();
        if (named.Count > 0)
        {
            return named;
        }

        var there = all.Where(server => IsAt(server, host)).ToList();
        // Several hosts at one address are told apart by ports alone: without them it may be any of them, so it is none.
        return there.Select(server => server.Port).Distinct().Count() <= 1 ? there : [];
    }

    private static bool IsAt(ServerState server, InventoryHost host) =>
        (server.Address == host.Address || server.HostName.TrimEnd('.') == host.Address)
        && (PortOf(host) is not { } port || port == server.Port);

    private static int? PortOf(InventoryHost host) =>
        host.Variables.TryGetValue("port", out var text)
        && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            ? port
            : null;
}
