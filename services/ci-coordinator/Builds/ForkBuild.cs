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
            "Leave out ci-coordinator.builds.unsafe-scripts-on-this-machine, or build on build hosts that have a sandbox "
                + "(docs/build-hosts.md)."
        );

    public static CanaryException WithoutSandboxOn(string host) =>
        new(
            CiCoordinatorCodes.ForkNeedsSandbox,
            $"The commit of a fork is not built on {host}, which does without a sandbox.",
            $"Allow user namespaces on {host}, and run canary-build-host setup (without the package: hosts/install-build-host.sh) there without "
                + "--unsafe-without-sandbox; or add a "
                + "build host that has a sandbox (docs/build-hosts.md)."
        );

    /// <param name="host">A build host that cannot promise a sandbox.</param>
    /// <param name="said">Its words.</param>
    public static CanaryException NoPromiseOf(string host, string said) =>
        new(
            CiCoordinatorCodes.ForkNeedsSandbox,
            $"The commit of a fork is not built on {host}, which does not promise a sandbox: {said}",
            $"Bring {host} to this version of Canary: upgrade its package canary-build-host, or run "
                + "hosts/install-build-host.sh of this version there."
        );
}
