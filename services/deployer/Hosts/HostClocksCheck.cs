using Canary.Deployer.Inventory;
using Canary.Durability.Connections;
using Canary.Failures;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Canary.Deployer.Hosts;

/// <summary>Compares the clocks of the hosts with this machine's, for <c>canary doctor</c>.</summary>
internal sealed class HostClocksCheck(IInventory inventory, HostClocks clocks) : IHealthCheck
{
    private const int Most = 5;

    public async Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context,
        CancellationToken cancellationToken = default
    )
    {
        try
        {
            var hosts = (await inventory.ReadAsync(cancellationToken)).Hosts.Select(host => host.Name).Order().ToList();
            var off = hosts
                .Where(host => clocks.SkewOf(host) is not null)
                .Select(host => $"{host} is {clocks.SkewOf(host)} this machine")
                .ToList();
            return off.Count == 0
                ? HealthCheckResult.Healthy(Describe(hosts.Count(clocks.Knows), hosts.Count))
                : CheckFailure.Degraded(
                    $"{string.Join("; ", off.Take(Most))}{(off.Count > Most ? $"; and {off.Count - Most} more" : "")}. apt refuses a "
                        + "repository that is not valid yet by its host's clock, or not any more.",
                    ClockSkew.Remedy
                );
        }
        catch (CanaryException exception)
        {
            return HealthCheckResult.Healthy($"No host is known: {exception.Message}");
        }
    }

    private static string Describe(int known, int all) =>
        known == all
            ? $"{(all == 1 ? "The clock of 1 host agrees" : $"The clocks of {all} hosts agree")} with this machine's."
            : $"The clocks of {known} of {all} hosts agree with this machine's; the others have not told the time yet.";
}
