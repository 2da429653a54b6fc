using Canary.Deployer.Inventory;
using Canary.Failures;
using Canary.Machines.Ssh;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Canary.Deployer.Transport.Ssh;

/// <summary>Whether the deployer gets as far as the jump hosts that its hosts are behind.</summary>
internal sealed class JumpHostsCheck(
    IInventory inventory,
    [FromKeyedServices(DeployerModule.Name)] SshConnections connections
) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context,
        CancellationToken cancellationToken = default
    )
    {
        try
        {
            var jumps = (await inventory.ReadAsync(cancellationToken))
                .Hosts.Where(host => host.Transport == "ssh")
                .Select(host => connections.JumpBefore(host.ToSshTarget()))
                .OfType<SshTarget>()
                .DistinctBy(jump => string.Join(' ', [.. jump.Access.Jump ?? [], jump.Name]), StringComparer.Ordinal)
                .ToList();
            await Task.WhenAll(jumps.Select(jump => ReachAsync(jump, cancellationToken)));
            return HealthCheckResult.Healthy(
                jumps.Count == 0
                    ? "No host is behind a jump host."
                    : $"Reached: {string.Join(", ", jumps.Select(jump => jump.Name))}."
            );
        }
        catch (CanaryException exception)
        {
            return CheckFailure.Unhealthy(exception);
        }
    }

    private async Task ReachAsync(SshTarget jump, CancellationToken cancellation)
    {
        await using var lease = await connections.BorrowAsync(jump, fresh: false, cancellation);
    }
}
