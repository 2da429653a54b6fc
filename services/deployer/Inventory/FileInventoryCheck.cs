using Canary.Failures;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Canary.Deployer.Inventory;

/// <summary>Whether the inventory file can be read, is whole, and has the hosts that it had.</summary>
internal sealed class FileInventoryCheck(FileInventory inventory, InventoryCopy copy) : IHealthCheck
{
    private const int Most = 5;

    public async Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context,
        CancellationToken cancellationToken = default
    )
    {
        try
        {
            var (hosts, _) = await inventory.ReadAsync(cancellationToken);
            var lost = copy.LostOf(hosts);
            return lost.Count == 0
                ? HealthCheckResult.Healthy(
                    $"{inventory.FilePath} lists {hosts.Count} {(hosts.Count == 1 ? "host" : "hosts")}."
                )
                : CheckFailure.Degraded(
                    $"The fleet lost most of its hosts: {lost.Count} left {inventory.FilePath} at once "
                        + $"({string.Join(", ", lost.Take(Most))}{(lost.Count > Most ? ", …" : "")}).",
                    $"The file as it was stands in {copy.BeforeLossPath}: put the hosts back, or remove that file if they are gone "
                        + "for good."
                );
        }
        catch (CanaryException exception)
        {
            return CheckFailure.Unhealthy(exception);
        }
    }
}
