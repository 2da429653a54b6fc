namespace Canary.Contracts.Building;

/// <summary>Command: build and test one commit. Answered by <see cref="BuildSucceeded"/> or <see cref="BuildFailed"/>.</summary>
[Queue("ci-coordinator-start-build")]
public sealed record StartBuild
{
    /// <summary>Id of the job, the same for every repeat of this command: a job that is at work goes on, one that has ended
    /// reports its outcome again.</summary>
    public required Guid JobId { get; init; }

    /// <summary>The release that the build is for.</summary>
    public required Guid ReleaseId { get; init; }

    /// <summary>The application.</summary>
    public required string Application { get; init; }

    /// <summary>What to build.</summary>
    public required SourceReference Source { get; init; }

    /// <summary>Whether the result is deployed: only such a build gets the secrets of its application.</summary>
    public bool Deploys { get; init; }

    /// <summary>The pull request that the commit is the head of; <c>null</c>: it was pushed to its branch.</summary>
    public PullRequestReference? PullRequest { get; init; }
}

/// <summary>Command: stop a build and all of its processes; one that has ended stays as it is.</summary>
[Queue("ci-coordinator-cancel-build")]
public sealed record CancelBuild
{
    /// <summary>The job to stop.</summary>
    public required Guid JobId { get; init; }
}

/// <summary>Event: the build passed.</summary>
public sealed record BuildSucceeded : IApplicationEvent
{
    /// <summary>The release.</summary>
    public required Guid ReleaseId { get; init; }

    /// <summary>The application.</summary>
    public required string Application { get; init; }

    /// <summary>The job.</summary>
    public required Guid JobId { get; init; }

    /// <summary>Time spent in the repository's own scripts.</summary>
    public required TimeSpan ScriptTime { get; init; }

    /// <summary>What it made for the package; <c>null</c>: its package holds the files of the commit alone.</summary>
    public BuildOutput? Output { get; init; }

    /// <summary>What it left besides; <c>null</c>: nothing, or nobody looked.</summary>
    public BuildLeftovers? Left { get; init; }
}

/// <summary>Event: the build did not pass.</summary>
public sealed record BuildFailed : IApplicationEvent
{
    /// <summary>The release.</summary>
    public required Guid ReleaseId { get; init; }

    /// <summary>The application.</summary>
    public required string Application { get; init; }

    /// <summary>The job.</summary>
    public required Guid JobId { get; init; }

    /// <summary>Why.</summary>
    public required Failure Failure { get; init; }
}
