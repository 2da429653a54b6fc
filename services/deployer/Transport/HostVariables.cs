using Canary.Deployer.Inventory;
using Canary.Deployer.Rollouts;

namespace Canary.Deployer.Transport;

/// <summary>What maintainer scripts and health commands learn about the host that they run on.</summary>
internal static class HostVariables
{
    public static IEnumerable<(string Name, string Value)> Of(InventoryHost host) =>
        [
            ("CANARY_HOST", host.Name),
            ("CANARY_ADDRESS", host.Address),
            ("CANARY_CHANNEL", Suites.Of(host.Channel)),
            .. host.Variables.Select(variable =>
                ($"CANARY_VAR_{variable.Key.Replace('-', '_').ToUpperInvariant()}", variable.Value)
            ),
        ];
}
