using Canary.Contracts;
using Canary.Contracts.Building;

namespace Canary.Ingress.PullRequests;

/// <summary>A build of the head of a pull request.</summary>
internal sealed class PullRequestBuildRow
{
    public required Guid Id { get; init; }

    public required string PullRequestId { get; init; }

    /// <summary>Counts the builds of the pull request; the last one is that of its head.</summary>
    public required int Ordinal { get; init; }

    public required int Number { get; init; }

    public required string Application { get; init; }

    public required string Repository { get; init; }

    public required string CloneUrl { get; init; }

    public required string Commit { get; init; }

    public required bool IsFork { get; init; }

    /// <summary>One of <see cref="PullRequestStates"/>.</summary>
    public required string State { get; set; }

    /// <summary>Who approved that this commit of a fork is built; <c>null</c>: nobody.</summary>
    public string? ApprovedBy { get; set; }

    public Failure? Failure { get; set; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? EndedAt { get; set; }

    /// <summary>When the command to build or to cancel is sent again; <c>null</c>: whoever gets it has answered.</summary>
    public DateTimeOffset? SendAt { get; set; }

    public int Sent { get; set; }

    /// <summary>When GitHub is told; <c>null</c>: it knows.</summary>
    public DateTimeOffset? ReportAt { get; set; }

    public int Reports { get; set; }

    /// <summary>What GitHub was told.</summary>
    public string? Reported { get; set; }

    public int Version { get; set; }

    public BuildPullRequest ToCommand() =>
        new()
        {
            Build = new StartBuild
            {
                JobId = Id,
                ReleaseId = Id,
                Application = Application,
                Source = new SourceReference
                {
                    Repository = Repository,
                    CloneUrl = CloneUrl,
                    // The name of the branch is the author's choice, and scripts may decide by it.
                    Branch = $"pull/{Number}/head",
                    Commit = Commit,
                },
                PullRequest = new PullRequestReference { Number = Number, IsFork = IsFork },
            },
        };

    public CancelPullRequestBuild ToCancellation() => new() { JobId = Id };

    public bool HasEnded => State is not (PullRequestStates.Waiting or PullRequestStates.Building);

    /// <summary>Whether the other build of the same commit is what GitHub shows beside it: one that runs or has ended before one that waits
    /// for an approval, which any stranger's is who takes the commit for a pull request of their own; one of those that was there first; else
    /// the newest.</summary>
    public bool YieldsTo(PullRequestBuildRow other) =>
        other.State != PullRequestStates.Cancelled && other.Rank().CompareTo(Rank()) > 0;

    public (int, int, int) Rank() =>
        State switch
        {
            PullRequestStates.Cancelled => (0, Number, Ordinal),
            PullRequestStates.Waiting => (1, -Number, Ordinal),
            _ => (2, Number, Ordinal),
        };

    /// <summary>Takes on a state, which GitHub is told of, unless that is the end of what it never heard of.</summary>
    public void Become(string state, DateTimeOffset now)
    {
        var isHeardOf = Reported is not null || Reports > 0;
        State = state;
        EndedAt = HasEnded ? now : null;
        ReportAt = state == PullRequestStates.Cancelled && !isHeardOf ? null : now;
        Reports = 0;
        Version++;
    }
}

/// <summary>The states of a build of a pull request, as stored and sent.</summary>
internal static class PullRequestStates
{
    /// <summary>It comes from a fork, and nobody has approved its commit.</summary>
    public const string Waiting = "AwaitingApproval";

    /// <summary>The convention scripts run, or wait for their turn.</summary>
    public const string Building = "Building";

    public const string Succeeded = "Succeeded";

    public const string Failed = "Failed";

    /// <summary>It is not built, which says nothing about the commit.</summary>
    public const string Skipped = "Skipped";

    /// <summary>A newer commit took its place, or the pull request was closed.</summary>
    public const string Cancelled = "Cancelled";
}
