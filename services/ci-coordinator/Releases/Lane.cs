using Canary.Contracts.Releases;

namespace Canary.CiCoordinator.Releases;

/// <summary>The order of an application's pushes: which one is the newest, whatever order they arrive in.</summary>
internal sealed class Lane
{
    private const int Remembered = 100;

    public required string Application { get; init; }

    public required Guid LatestReleaseId { get; set; }

    public required string LatestCommit { get; set; }

    public required DateTimeOffset LatestReceivedAt { get; set; }

    /// <summary>The release that was the newest before.</summary>
    public Guid? PredecessorId { get; set; }

    /// <summary>Commits that are known to come before the newest one.</summary>
    public List<string> KnownOlder { get; set; } = [];

    public int Version { get; set; }

    public static Lane StartWith(PushReceived push) =>
        new()
        {
            Application = push.Application,
            LatestReleaseId = push.ReleaseId,
            LatestCommit = push.Source.Commit,
            LatestReceivedAt = push.ReceivedAt,
            KnownOlder = push.Before is { } before ? [before] : [],
        };

    /// <summary>Finds the place of a push that may be new, and tells how its release starts.</summary>
    public StartRelease Admit(PushReceived push)
    {
        if (push.ReleaseId != LatestReleaseId)
        {
            if (!IsNewest(push))
            {
                Remember(push.Before);
                return Start(push) with { SupersededBy = LatestReleaseId };
            }
            Remember(LatestCommit);
            Remember(push.Before);
            PredecessorId = LatestReleaseId;
            LatestReleaseId = push.ReleaseId;
            LatestCommit = push.Source.Commit;
            LatestReceivedAt = push.ReceivedAt;
            Version++;
        }
        return Start(push) with { Supersedes = PredecessorId };
    }

    public static StartRelease Start(PushReceived push) => new() { ReleaseId = push.ReleaseId, Push = push };

    private bool IsNewest(PushReceived push)
    {
        if (push.Before == LatestCommit)
        {
            return true;
        }
        // A run that a person asked for says nothing about what came before it, and may be of any commit.
        var isKnownOlder = push.Before is not null && KnownOlder.Contains(push.Source.Commit);
        return !isKnownOlder && push.ReceivedAt >= LatestReceivedAt;
    }

    private void Remember(string? commit)
    {
        if (commit is null || KnownOlder.Contains(commit))
        {
            return;
        }
        KnownOlder = [.. KnownOlder.TakeLast(Remembered - 1), commit];
        Version++;
    }
}
