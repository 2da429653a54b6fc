using Canary.Failures;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Canary.Packager.Binaries;

/// <summary>Whether packages get the dependencies of their programs, for <c>canary doctor</c>.</summary>
internal sealed class LibraryDependenciesCheck(LibraryDependencies libraries, IOptions<PackagerOptions> options)
    : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context,
        CancellationToken cancellationToken = default
    )
    {
        if (options.Value.LibraryDependencies == LibraryDependencyKind.None)
        {
            return HealthCheckResult.Healthy(
                "Packages depend on what their canary.yml names (library-dependencies: none)."
            );
        }

        if (!LibraryDependencies.IsInstalled)
        {
            return CheckFailure.Degraded(
                $"Packages with programs depend on nothing but what their canary.yml names: {LibraryDependencies.NotInstalled}.",
                "Install dpkg-dev where the packager runs (apt-get install dpkg-dev), or set packager.library-dependencies: none."
            );
        }

        try
        {
            await libraries.TryAsync(cancellationToken);
            return HealthCheckResult.Healthy(
                $"Packages depend on the libraries of their programs, by {LibraryDependencies.Program}."
            );
        }
        catch (CanaryException exception)
        {
            return CheckFailure.Unhealthy(
                $"Packages with programs cannot be made, for {LibraryDependencies.Program} cannot be run apart: {exception.Message}",
                $"{exception.Remedy} Or set packager.library-dependencies: none."
            );
        }
    }
}
