using Canary.Failures;
using Canary.Processes.Sandboxes;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Canary.CiCoordinator.Builds;

/// <summary>Whether this machine lets the scripts of commits be kept apart, for <c>canary doctor</c>.</summary>
internal sealed class SandboxCheck(Sandbox sandbox, IOptions<BuildOptions> options) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context,
        CancellationToken cancellationToken = default
    )
    {
        if (options.Value.UnsafeScriptsOnThisMachine)
        {
            return CheckFailure.Degraded(
                "Scripts of commits can read and change whatever the server can.",
                "Take ci-coordinator.builds.unsafe-scripts-on-this-machine out, unless every writer of every repository is trusted as "
                    + "much as the server."
            );
        }
        try
        {
            return await sandbox.TryAsync(cancellationToken) is { } withoutNetwork
                ? CheckFailure.Degraded($"Scripts of commits have no network: {withoutNetwork}.", Sandbox.NetworkRemedy)
                : HealthCheckResult.Healthy("Scripts of commits are kept apart from this machine.");
        }
        catch (CanaryException exception)
        {
            return CheckFailure.Unhealthy(exception);
        }
    }
}
