using Canary.Deployer.Inventory;
using Canary.Failures;
using Canary.Hosting.Providers;

namespace Canary.Deployer.Transport;

/// <summary>Finds the transport of a host.</summary>
internal sealed class HostTransports(IEnumerable<IHostTransport> transports)
{
    /// <exception cref="CanaryException"><c>transport-unknown</c></exception>
    public IHostTransport For(InventoryHost host) =>
        transports.FirstOrDefault(transport => transport.Name == host.Transport)
        ?? throw new CanaryException(
            DeployerCodes.TransportUnknown,
            $"The transport of {host.Name}: {ProviderNames.Unknown(host.Transport, transports.Select(transport => transport.Name))}",
            "Name one of them in the inventory."
        );
}
