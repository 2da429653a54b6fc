namespace Canary.Contracts.Building;

/// <summary>Command: build and test the head of a pull request, beside the builds of releases, which do not wait for it. Answered by <see
/// cref="PullRequestBuilt"/>.</summary>
[Queue("ci-coordinator-build-pull-request")]
public sealed record BuildPullRequest
{
    /// <summary>What to build. Its release is the build itself: no release comes of it.</summary>
    public required StartBuild Build { get; init; }
}

/// <summary>Command: stop the build of a pull request and all of its processes; one that has ended stays as it is.</summary>
[Queue("ci-coordinator-cancel-pull-request-build")]
public sealed record CancelPullRequestBuild
{
    /// <summary>The job to stop.</summary>
    public required Guid JobId { get; init; }
}

/// <summary>Event: the build of a pull request has ended. Nothing is packaged, published or deployed of it.</summary>
public sealed record PullRequestBuilt : IApplicationEvent
{
    /// <summary>The build.</summary>
    public required Guid BuildId { get; init; }

    /// <summary>The application.</summary>
    public required string Application { get; init; }

    /// <summary>Number of the pull request.</summary>
    public required int Number { get; init; }

    /// <summary>Full id of the commit that was built.</summary>
    public required string Commit { get; init; }

    /// <summary>Why it did not pass, or was not built; <c>null</c>: it passed.</summary>
    public Failure? Failure { get; init; }

    /// <summary>Whether nothing was built, and nothing is known about the commit.</summary>
    public bool IsSkipped { get; init; }

    /// <summary>Whether that is because the head of the pull request was another commit.</summary>
    public bool HasMoved { get; init; }
}

/// <summary>The pull request that a commit is the head of.</summary>
public sealed record PullRequestReference
{
    /// <summary>Its number in the repository that it is made to.</summary>
    public required int Number { get; init; }

    /// <summary>Whether it comes from another repository: its build gets nothing that others' builds keep or are given.</summary>
    public required bool IsFork { get; init; }
}
