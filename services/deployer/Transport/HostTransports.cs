using Canary.Contracts.Publishing;
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

    /// <summary>The first of some packages that a host has; <c>null</c>: none.</summary>
    public async Task<ListedVersion?> FindAsync(
        InventoryHost host,
        IReadOnlyList<string> packages,
        CancellationToken cancellation
    )
    {
        if (packages.Count == 0)
        {
            return null;
        }

        var installed = await For(host).InspectAsync(host, packages, cancellation);
        return packages
            .Where(package => installed[package] is { IsComplete: true, Version: not null })
            .Select(package => new ListedVersion(package, installed[package].Version!))
            .FirstOrDefault();
    }
}
