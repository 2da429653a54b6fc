using Canary.Contracts;

namespace Canary.Ingress.PullRequests;

/// <summary>The pull requests that are known, as the API answers: those that changed last first.</summary>
internal sealed record PullRequestList(IReadOnlyList<PullRequestView> PullRequests);

/// <summary>A pull request, as the API answers.</summary>
internal sealed record PullRequestView
{
    public required string Application { get; init; }

    public required string Repository { get; init; }

    public required int Number { get; init; }

    public required string Title { get; init; }

    public required string Author { get; init; }

    /// <summary>Whether it comes from another repository, so that each of its commits has to be approved.</summary>
    public required bool IsFork { get; init; }

    public required bool IsOpen { get; init; }

    /// <summary>Why its head is not known; <c>null</c>: it is.</summary>
    public string? Error { get; init; }

    public string? Remedy { get; init; }

    /// <summary>Its builds, that of the head first; a list of pull requests has only this one.</summary>
    public required IReadOnlyList<PullRequestBuildView> Builds { get; init; }

    public static PullRequestView Of(PullRequestRow pull, IEnumerable<PullRequestBuildRow> builds) =>
        new()
        {
            Application = pull.Application,
            Repository = pull.Repository,
            Number = pull.Number,
            Title = pull.Title,
            Author = pull.Author,
            IsFork = pull.IsFork,
            IsOpen = pull.IsOpen,
            Error = pull.Problem,
            Remedy = pull.Remedy,
            Builds = [.. builds.OrderByDescending(build => build.Ordinal).Select(PullRequestBuildView.Of)],
        };
}

/// <summary>A build of the head of a pull request, as the API answers.</summary>
internal sealed record PullRequestBuildView
{
    public required Guid Id { get; init; }

    public required string Commit { get; init; }

    /// <summary>One of <c>AwaitingApproval</c>, <c>Building</c>, <c>Succeeded</c>, <c>Failed</c>, <c>Skipped</c>,
    /// <c>Cancelled</c>.</summary>
    public required string State { get; init; }

    public string? ApprovedBy { get; init; }

    public Failure? Failure { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    public static PullRequestBuildView Of(PullRequestBuildRow build) =>
        new()
        {
            Id = build.Id,
            Commit = build.Commit,
            State = build.State,
            ApprovedBy = build.ApprovedBy,
            Failure = build.Failure,
            CreatedAt = build.CreatedAt,
            EndedAt = build.EndedAt,
        };
}

/// <summary>That a person approves a commit of a fork.</summary>
internal sealed record PullRequestApproval
{
    /// <summary>Full id of the commit: another one that comes meanwhile is not approved.</summary>
    public string? Commit { get; init; }

    /// <summary>Who; default <c>operator</c>.</summary>
    public string? By { get; init; }

    /// <summary>Why, in the person's words.</summary>
    public string? Reason { get; init; }
}

/// <summary>That a person wants the head of a pull request built once more.</summary>
internal sealed record PullRequestRetry
{
    /// <summary>Who; default <c>operator</c>.</summary>
    public string? By { get; init; }

    /// <summary>Why, in the person's words.</summary>
    public string? Reason { get; init; }
}
