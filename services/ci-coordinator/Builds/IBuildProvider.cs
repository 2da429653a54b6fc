using Canary.Contracts.Building;
using Canary.Failures;
using Canary.Hosting.Logs;

namespace Canary.CiCoordinator.Builds;

/// <summary>Something that builds and tests a commit.</summary>
internal interface IBuildProvider
{
    /// <summary>Builds and tests; returns the time spent in the repository's own scripts.</summary>
    /// <exception cref="CanaryException">The build did not pass, or could not be done.</exception>
    Task<TimeSpan> BuildAsync(StartBuild build, ShippedLog log, CancellationToken cancellation);
}
