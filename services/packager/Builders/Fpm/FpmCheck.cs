using Canary.Failures;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Canary.Packager.Builders.Fpm;

/// <summary>Whether FPM can be run, for <c>canary doctor</c>.</summary>
internal sealed class FpmCheck(IFpmRunner runner, IOptions<PackagerOptions> options) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context,
        CancellationToken cancellationToken = default
    )
    {
        if (options.Value.Fpm.IsUsed && !FpmPackageCheck.CanCheck)
        {
            return CheckFailure.Unhealthy(
                $"What FPM makes cannot be looked at: {FpmPackageCheck.Program} is not installed.",
                "Install dpkg where the packager runs (apt-get install dpkg)."
            );
        }

        try
        {
            return HealthCheckResult.Healthy(await runner.CheckAsync(cancellationToken));
        }
        catch (CanaryException exception)
        {
            return CheckFailure.Unhealthy(exception);
        }
    }
}
