using Canary.Contracts.Building;
using Canary.Failures;
using Canary.Hosting.Logs;

namespace Canary.CiCoordinator.Builds;

/// <summary>Something that builds and tests a commit.</summary>
internal interface IBuildProvider
{
    /// <summary>Why pull requests are not built by it, as a sentence; <c>null</c>: they are.</summary>
    string? NoPullRequests => null;

    /// <summary>Builds and tests.</summary>
    /// <exception cref="CanaryException">The build did not pass, or could not be done.</exception>
    Task<BuildResult> BuildAsync(StartBuild build, ShippedLog log, CancellationToken cancellation);

    /// <summary>Ends what a cancelled build goes on with elsewhere; one that ends with its process has nothing to do here. May be called
    /// again.</summary>
    /// <exception cref="CanaryException">It could not be ended.</exception>
    Task CancelledAsync(StartBuild build, CancellationToken cancellation) => Task.CompletedTask;
}
