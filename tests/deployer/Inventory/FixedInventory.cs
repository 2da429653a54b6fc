using Canary.Deployer.Inventory;
using Canary.Failures;

namespace Canary.Deployer.Tests.Inventory;

/// <summary>An inventory that never changes.</summary>
internal sealed class FixedInventory(params InventoryHost[] hosts) : IInventory
{
    public Task<InventoryReading> ReadAsync(CancellationToken cancellation) =>
        Task.FromResult(new InventoryReading(hosts));

    public Task<InventoryHost> FindAsync(string host, string application, CancellationToken cancellation) =>
        Task.FromResult(
            hosts.FirstOrDefault(it => it.Name == host)
                ?? throw new CanaryException("host-unknown", $"There is no {host}.", "Add it.")
        );

    public Task<string> StampAsync(CancellationToken cancellation) => Task.FromResult("fixed");

    public Task<string> HowToAddAsync(string application, string role, CancellationToken cancellation) =>
        Task.FromResult("Add one.");
}
