using Canary.Failures;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Canary.Packager.Rehearsal;

/// <summary>Whether packages are rehearsed, and why not.</summary>
internal sealed class RehearsalCheck(
    PackageRehearsal rehearsal,
    RehearsalSystem system,
    IOptions<PackagerOptions> options
) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context,
        CancellationToken cancellationToken = default
    )
    {
        var mode = options.Value.Rehearsal.Mode;
        if (mode == RehearsalMode.Off)
        {
            return HealthCheckResult.Healthy("Packages are not rehearsed (packager.rehearsal.mode: off).");
        }

        if (system.Name is not { } name)
        {
            var missing =
                $"Packages are not rehearsed before they are published: {system.Path} has no system to do it in.";
            return mode == RehearsalMode.Auto
                ? HealthCheckResult.Healthy($"{missing} {system.Remedy}")
                : CheckFailure.Degraded(missing, system.Remedy);
        }

        try
        {
            await rehearsal.TryAsync(cancellationToken);
            return HealthCheckResult.Healthy($"Packages are rehearsed in {system.Path} ({name}).");
        }
        catch (CanaryException exception)
        {
            return CheckFailure.Degraded($"Packages are not rehearsed: {exception.Message}", exception.Remedy);
        }
    }
}
