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

        return await libraries.ProblemAsync(cancellationToken) is { } problem
            ? CheckFailure.Degraded(
                $"Packages with programs depend on nothing but what their canary.yml names: {problem}.",
                "Install dpkg-dev where the packager runs (apt-get install dpkg-dev) and allow it user namespaces, or set "
                    + "packager.library-dependencies: none."
            )
            : HealthCheckResult.Healthy(
                $"Packages depend on the libraries of their programs, by {LibraryDependencies.Program}."
            );
    }
}
