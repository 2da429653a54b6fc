using Canary.Hosting;

namespace Canary.Deployer.Inventory;

/// <summary>The hosts of the fleet.</summary>
internal interface IInventory
{
    /// <summary>All hosts as they are now.</summary>
    /// <exception cref="CanaryException">The inventory cannot be read, or is invalid.</exception>
    Task<IReadOnlyList<InventoryHost>> ReadAsync(CancellationToken cancellation);

    /// <summary>One host, as last known: work that has begun goes on while the inventory is being edited.</summary>
    /// <exception cref="CanaryException"><c>host-unknown</c>: there is no such host.</exception>
    Task<InventoryHost> FindAsync(string host, CancellationToken cancellation);

    /// <summary>Changes whenever the inventory may have changed.</summary>
    Task<string> StampAsync(CancellationToken cancellation);
}
