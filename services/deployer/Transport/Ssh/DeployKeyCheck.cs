using Canary.Deployer.Inventory;
using Canary.Failures;
using Canary.Machines.Ssh;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Canary.Deployer.Transport.Ssh;

/// <summary>Whether the deployer can log in to hosts over SSH, as far as it is its own doing.</summary>
internal sealed class DeployKeyCheck(
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
            var hosts = (await inventory.ReadAsync(cancellationToken)).Hosts.Count(host => host.Transport == "ssh");
            if (hosts == 0)
            {
                return HealthCheckResult.Healthy("No host is reached over SSH.");
            }

            return HealthCheckResult.Healthy(
                $"{connections.Key.Describe()}, for {hosts} {(hosts == 1 ? "host" : "hosts")}."
            );
        }
        catch (CanaryException exception)
        {
            return CheckFailure.Unhealthy(exception);
        }
    }
}
