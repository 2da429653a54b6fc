using Canary.Contracts.Building;
using Canary.Failures;

namespace Canary.CiCoordinator.Builds;

/// <summary>Builds of what strangers wrote: whoever approved one has looked at a commit, and gave it nothing else.</summary>
internal static class ForkBuild
{
    public static bool IsOfFork(this StartBuild build) => build.PullRequest is { IsFork: true };

    public static CanaryException WithoutSandbox() =>
        new(
            CiCoordinatorCodes.ForkNeedsSandbox,
            "The commit of a fork is not built without a sandbox.",
            "Leave out ci-coordinator.builds.unsafe-scripts-on-this-machine, or build on build hosts (docs/build-hosts.md)."
        );
}
