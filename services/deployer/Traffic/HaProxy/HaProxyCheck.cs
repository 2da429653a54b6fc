using Canary.Deployer.Inventory;
using Canary.Deployer.Rollouts;
using Canary.Durability.Storage;
using Canary.Failures;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Canary.Deployer.Traffic.HaProxy;

/// <summary>Tells whether every HAProxy answers, can be changed and knows the hosts, and what is held back, for
/// <c>canary doctor</c>.</summary>
internal sealed class HaProxyCheck(
    HaProxyInstances instances,
    HoldRecords records,
    IInventory inventory,
    IServiceScopeFactory scopes,
    StoreReadiness<DeployerStore> readiness,
    IOptions<DeployerOptions> options
) : IHealthCheck
{
    private const int Most = 5;

    public async Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context,
        CancellationToken cancellationToken = default
    )
    {
        var applications = readiness.IsReady ? await ApplicationsAsync(cancellationToken) : [];
        var hosts = await HostsAsync(cancellationToken);
        var findings = await Task.WhenAll(
            instances.All.Select(instance => LookAsync(instance, applications, hosts, cancellationToken))
        );
        var problems = findings.SelectMany(finding => finding.Problems).ToList();
        var held = readiness.IsReady ? await HeldAsync(cancellationToken) : "";
        return problems.Count == 0
            ? HealthCheckResult.Healthy($"{Names(findings)} answers, can be changed and knows the hosts.{held}")
            : CheckFailure.Degraded(
                string.Join(" ", problems.Take(Most).Select(problem => problem.Message))
                    + (problems.Count > Most ? $" And {problems.Count - Most} more." : "")
                    + held,
                string.Join(" ", problems.Take(Most).Select(problem => problem.Remedy).Distinct())
            );
    }

    private async Task<Finding> LookAsync(
        HaProxyInstance instance,
        IReadOnlyList<RolloutLane> applications,
        IReadOnlyList<InventoryHost> hosts,
        CancellationToken cancellation
    )
    {
        try
        {
            var version = await instance.VersionAsync(cancellation);
            var servers = await instance.ServersAsync(cancellation);
            return new Finding(
                $"HAProxy {version} at {instance.Name}",
                [
                    .. applications
                        .Select(application => Missing(instance, application, hosts, servers))
                        .OfType<CanaryException>(),
                ]
            );
        }
        catch (CanaryException exception)
        {
            return new Finding(instance.Name, [exception]);
        }
    }

    private CanaryException? Missing(
        HaProxyInstance instance,
        RolloutLane application,
        IReadOnlyList<InventoryHost> hosts,
        IReadOnlyList<ServerState> servers
    )
    {
        var backend = options.Value.Traffic.Haproxy.BackendOf(application.Application);
        var missing = hosts
            .Where(host => host.Runs(application.Application, application.Role ?? Roles.Default))
            .Where(host => ServersOfHost.In(servers, backend, host).Count == 0)
            .Select(host => host.Name)
            .Distinct()
            .Order()
            .ToList();
        return missing.Count == 0
            ? null
            : new CanaryException(
                DeployerCodes.HaproxyServersUnknown,
                $"HAProxy at {instance.Name} has no server in the backend {backend} for {string.Join(", ", missing.Take(Most))}"
                    + (missing.Count > Most ? $" and {missing.Count - Most} more." : "."),
                "Name the servers as the hosts are named, or give them their addresses: docs/haproxy.md."
            );
    }

    private async Task<IReadOnlyList<RolloutLane>> ApplicationsAsync(CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        return await scope
            .ServiceProvider.GetRequiredService<DeployerStore>()
            .Lanes.AsNoTracking()
            .OrderBy(lane => lane.Application)
            .ToListAsync(cancellation);
    }

    private async Task<IReadOnlyList<InventoryHost>> HostsAsync(CancellationToken cancellation)
    {
        try
        {
            return (await inventory.ReadAsync(cancellation)).Hosts;
        }
        catch (CanaryException)
        {
            // The check of the inventory says so.
            return [];
        }
    }

    private async Task<string> HeldAsync(CancellationToken cancellation)
    {
        var holds = await records.HoldsAsync(cancellation);
        return holds.Count == 0
            ? ""
            : " Held back: "
                + string.Join(
                    "; ",
                    holds
                        .OrderBy(hold => hold.Host, StringComparer.Ordinal)
                        .Take(Most)
                        .Select(hold =>
                            $"{hold.Host} of {hold.Application} ({(hold.IsDrained ? "drained" : $"{hold.Share}%")})"
                        )
                )
                + (holds.Count > Most ? "; …" : ".");
    }

    private static string Names(IEnumerable<Finding> findings) =>
        string.Join(", ", findings.Select(finding => finding.Name));

    private sealed record Finding(string Name, IReadOnlyList<CanaryException> Problems);
}
