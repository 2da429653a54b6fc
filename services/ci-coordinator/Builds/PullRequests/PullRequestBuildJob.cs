using Canary.Contracts;
using Canary.Contracts.Building;
using Canary.Durability.Jobs;

namespace Canary.CiCoordinator.Builds.PullRequests;

/// <summary>Has the head of a pull request built as any commit that is not deployed, and reports how it went.</summary>
internal sealed class PullRequestBuildJob(BuildJob builds, IBuildProvider provider) : IJobHandler<BuildPullRequest>
{
    /// <summary>It was not built, which says nothing about the commit.</summary>
    private static readonly string[] SaysNothing =
    [
        CiCoordinatorCodes.PullRequestMoved,
        CiCoordinatorCodes.PullRequestNotBuilt,
        CiCoordinatorCodes.ForkNeedsSandbox,
    ];

    public async Task<object> RunAsync(BuildPullRequest command, CancellationToken cancellation)
    {
        var build = BuildOf(command);
        return provider.NoPullRequests is { } reason
            ? Built(build, NotBuilt(reason))
            : Built(build, FailureOf(await builds.RunAsync(build, cancellation)));
    }

    public Task CancelledAsync(BuildPullRequest command, CancellationToken cancellation) =>
        provider.NoPullRequests is null ? builds.CancelledAsync(BuildOf(command), cancellation) : Task.CompletedTask;

    public object Faulted(BuildPullRequest command, Exception exception)
    {
        var build = BuildOf(command);
        return Built(build, FailureOf(builds.Faulted(build, exception)));
    }

    /// <summary>Whatever the command says, nothing of it is deployed.</summary>
    private static StartBuild BuildOf(BuildPullRequest command) => command.Build with { Deploys = false };

    private static Failure? FailureOf(object outcome) => (outcome as BuildFailed)?.Failure;

    private static Failure NotBuilt(string reason) =>
        new()
        {
            Code = CiCoordinatorCodes.PullRequestNotBuilt,
            Message = $"Not built: {reason}",
            Remedy =
                "Switch off pull-requests for the repository in ingress.repositories; or choose the provider script or ssh.",
        };

    private static PullRequestBuilt Built(StartBuild build, Failure? failure) =>
        new()
        {
            BuildId = build.JobId,
            Application = build.Application,
            Number = build.PullRequest!.Number,
            Commit = build.Source.Commit,
            Failure = failure,
            IsSkipped = failure is not null && SaysNothing.Contains(failure.Code),
            HasMoved = failure?.Code == CiCoordinatorCodes.PullRequestMoved,
        };
}
