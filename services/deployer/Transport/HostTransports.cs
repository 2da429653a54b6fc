using Canary.Deployer.Inventory;
using Canary.Failures;

namespace Canary.Deployer.Transport;

/// <summary>Finds the transport of a host.</summary>
internal sealed class HostTransports(IEnumerable<IHostTransport> transports)
{
    /// <exception cref="CanaryException"><c>transport-unknown</c></exception>
    public IHostTransport For(InventoryHost host) =>
        transports.FirstOrDefault(transport => transport.Name == host.Transport)
        ?? throw new CanaryException(
            "transport-unknown",
            $"{host.Name} has the transport '{host.Transport}', which this deployer does not know.",
            $"Use one of these in the inventory: {string.Join(", ", transports.Select(transport => transport.Name))}."
        );
}
