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
        var wrong = await scope
            .ServiceProvider.GetRequiredService<DeployerStore>()
            .HostRecords.AsNoTracking()
            .Where(record => record.DriftsSince != null || record.Failure != null)
            .OrderBy(record => record.Host)
            .ToListAsync(cancellationToken);
        var (one, several) = wrong.TrueForAll(record => record.DriftsSince is not null)
            ? ("host does not run", "hosts do not run")
            : ("host is not known to run", "hosts are not known to run");
        var hosts = wrong.DistinctBy(record => record.Host).Count();
        return wrong.Count == 0
            ? HealthCheckResult.Healthy("Every host that was reached runs what its channel advertises.")
            : CheckFailure.Degraded(
                $"{hosts} {(hosts == 1 ? one : several)} what the channel advertises: "
                    + string.Join("; ", wrong.Take(Most).Select(Words))
                    + (wrong.Count > Most ? "; …" : "."),
                "They are brought there by themselves unless deployer.convergence.automatic is off. At once: canary hosts converge"
            );
    }

    private static string Words(HostRecord record)
    {
        var state =
            record.DriftsSince is null ? $"{record.Host} does not say what it has of {record.Application}"
            : record.Running == record.Wanted ? $"{record.Host} has {record.Application} {record.Wanted} half-installed"
            : $"{record.Host} has {record.Application} {record.Running ?? "not installed"} instead of {record.Wanted}";
        return state + (record.Failure is { } failure ? $" ({failure.Message.ReplaceLineEndings(" ")})" : "");
    }
}
