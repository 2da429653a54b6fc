using Canary.Consul;
using Canary.Contracts.Deploying;
using Canary.Failures;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Canary.Deployer.Inventory;

/// <summary>Whether the hosts in Consul can be seen, and are described well.</summary>
internal sealed class ConsulInventoryCheck(
    ConsulInventory inventory,
    ConsulCopy copy,
    ConsulNames names,
    TimeProvider time
) : IHealthCheck, IConsulUser
{
    private const int Most = 5;

    public Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context,
        CancellationToken cancellationToken = default
    ) => Task.FromResult(Check());

    public Task<IReadOnlyList<ConsulPermission>> NeedsAsync(CancellationToken cancellation)
    {
        var listed = copy.Read()?.Hosts.SelectMany(host => host.Applications) ?? [];
        return Task.FromResult<IReadOnlyList<ConsulPermission>>([
            new ConsulPermission("node", "read"),
            .. names
                .Configured.Concat(listed)
                .Select(names.ServiceOf)
                .Distinct(StringComparer.Ordinal)
                .Select(service => new ConsulPermission("service", "read", service)),
        ]);
    }

    private HealthCheckResult Check()
    {
        var known = copy.Read();
        if (inventory.Problem is { } problem)
        {
            var age = known is { } last
                ? $"the last known hosts are {Ages.Of(time.GetUtcNow() - last.AsOf)} old"
                : "no hosts are known";
            return CheckFailure.Unhealthy($"{problem.Message} Meanwhile {age}.", problem.Remedy);
        }

        var faults = inventory.Faults.ToList();
        if (faults.Count > 0)
        {
            return CheckFailure.Degraded(
                $"Consul describes {(faults.Count == 1 ? "a host" : $"{faults.Count} hosts")} wrongly: {string.Join(' ', faults.Take(Most))}",
                "Correct the tags and the metadata of the service there (docs/consul.md)."
            );
        }

        var hosts = known?.Hosts ?? [];
        var without = names.Configured.Where(name => hosts.All(host => !host.Applications.Contains(name))).ToList();
        return without.Count > 0
            ? CheckFailure.Degraded(
                $"Consul lists no host for {string.Join(", ", without)}.",
                string.Join(
                    ' ',
                    without
                        .Take(Most)
                        .Select(name =>
                            $"Register the service {names.ServiceOf(name)} with a tag such as "
                            + $"{names.TagOf(name, "app", Channel.Canary)}."
                        )
                )
            )
            : HealthCheckResult.Healthy($"Consul lists {hosts.Count} {(hosts.Count == 1 ? "host" : "hosts")}.");
    }
}
