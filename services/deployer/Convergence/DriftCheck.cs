using Canary.Durability.Storage;
using Canary.Failures;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Canary.Deployer.Convergence;

/// <summary>Names the hosts that do not run what they should, for <c>canary doctor</c>.</summary>
internal sealed class DriftCheck(IServiceScopeFactory scopes, StoreReadiness<DeployerStore> readiness) : IHealthCheck
{
    private const int Most = 5;

    public async Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context,
        CancellationToken cancellationToken = default
    )
    {
        if (!readiness.IsReady)
        {
            return HealthCheckResult.Healthy("The database is not there yet, so no host is known to drift.");
        }

        await using var scope = scopes.CreateAsyncScope();
        var drifting = await scope
            .ServiceProvider.GetRequiredService<DeployerStore>()
            .HostRecords.AsNoTracking()
            .Where(record => record.DriftsSince != null)
            .OrderBy(record => record.Host)
            .ToListAsync(cancellationToken);
        return drifting.Count == 0
            ? HealthCheckResult.Healthy("Every host that was reached runs what its channel advertises.")
            : CheckFailure.Degraded(
                $"{drifting.Count} {(drifting.Count == 1 ? "host does" : "hosts do")} not run what the channel advertises: "
                    + string.Join("; ", drifting.Take(Most).Select(Words))
                    + (drifting.Count > Most ? "; …" : "."),
                "They are brought there by themselves unless deployer.convergence.automatic is off. At once: canary hosts converge"
            );
    }

    private static string Words(HostRecord record) =>
        $"{record.Host} has {record.Application} {record.Running ?? "not installed"} instead of {record.Wanted}"
        + (record.Failure is { } failure ? $" ({failure.Message.Split('\n')[0]})" : "");
}
