using Canary.Testing;

namespace Canary.Deployer.Tests.Inventory;

/// <summary>Registers the hosts that most tests have.</summary>
internal static class ConsulFleet
{
    public static readonly IReadOnlyDictionary<string, string> Local = new Dictionary<string, string>
    {
        ["canary-transport"] = "local",
    };

    /// <summary>One canary and two production hosts of the shop; one of them does not pass its check.</summary>
    public static async Task RegisterShopAsync(this ConsulServer consul)
    {
        await consul.RegisterAsync("canary-1", "shop", ["shop::app_canary", "blue"], metadata: Local);
        await consul.RegisterAsync("web-1", "shop", ["shop::app"], metadata: Local);
        await consul.RegisterAsync("web-2", "shop", ["shop::app"], metadata: Local, status: "critical");
    }
}
