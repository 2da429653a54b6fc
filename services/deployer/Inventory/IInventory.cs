using Canary.Failures;

namespace Canary.Deployer.Inventory;

/// <summary>The hosts of the fleet.</summary>
internal interface IInventory
{
    /// <summary>Code of the error that passes by itself: whoever keeps the inventory does not answer now.</summary>
    const string Unavailable = "inventory-unavailable";

    /// <summary>All hosts as they are now. A host that runs several applications in different ways is there once for each
    /// way.</summary>
    /// <exception cref="CanaryException">The inventory cannot be read, or is invalid.</exception>
    Task<InventoryReading> ReadAsync(CancellationToken cancellation);

    /// <summary>One host of an application, as last known: work that has begun goes on while the inventory is being
    /// edited.</summary>
    /// <exception cref="CanaryException"><c>host-unknown</c>: there is no such host.</exception>
    Task<InventoryHost> FindAsync(string host, string application, CancellationToken cancellation);

    /// <summary>Changes whenever the inventory may have changed.</summary>
    Task<string> StampAsync(CancellationToken cancellation);

    /// <summary>Says how to give an application hosts that it does not have.</summary>
    /// <exception cref="CanaryException">It may have them, but they cannot be seen.</exception>
    Task<string> HowToAddAsync(string application, string role, CancellationToken cancellation);
}

/// <summary>The hosts of an inventory.</summary>
/// <param name="Hosts">All of them.</param>
/// <param name="Remark">What a person should know of their origin; <c>null</c>: nothing.</param>
internal sealed record InventoryReading(IReadOnlyList<InventoryHost> Hosts, string? Remark = null);
