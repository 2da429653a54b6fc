using Canary.Contracts.Releases;

namespace Canary.Ingress.Releases;

/// <summary>
/// A release as ingress knows it: the push as accepted, and the newest <see cref="ReleaseChanged"/>. Rows are never removed:
/// they are what makes a push that comes again after years no second release.
/// </summary>
internal sealed class ReleaseRow
{
    public required Guid Id { get; init; }

    /// <summary>The id's 32 lower-case digits: people give its beginning.</summary>
    public required string Key { get; init; }

    public required string Application { get; init; }

    public required string Repository { get; init; }

    public required string Commit { get; init; }

    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>Counts the releases as they arrived here, from 1: the order in which people see them. Two that arrived at the same
    /// moment at two replicas may share a number.</summary>
    public long Arrival { get; set; }

    /// <summary>The event that starts the release; kept whole, because it is published until the release is seen.</summary>
    public required PushReceived Push { get; init; }

    /// <summary>The command that starts it instead, when a person asked for what was published before.</summary>
    public DeployRelease? Deploy { get; set; }

    /// <summary>Place in the one order of the application's releases; 0: it has none, or none yet.</summary>
    public long Number { get; set; }

    /// <summary>Version of its package, once it is known.</summary>
    public string? Version { get; set; }

    /// <summary>Counts the releases of this commit, from 1.</summary>
    public int Run { get; init; } = 1;

    /// <summary>State of the Release saga, or <see cref="ReleaseView.Received"/> until it has reported.</summary>
    public required string State { get; set; }

    /// <summary>Revision of <see cref="Snapshot"/>; 0: none yet.</summary>
    public int Revision { get; set; }

    public ReleaseChanged? Snapshot { get; set; }

    /// <summary>When this row or its rollout's row last changed here, UTC.</summary>
    public required DateTimeOffset ChangedAt { get; set; }

    /// <summary>When to publish the push again; <c>null</c> once the release has been seen.</summary>
    public DateTimeOffset? PublishAt { get; set; }

    /// <summary>When its details were forgotten, UTC; <c>null</c>: they are there. What is left keeps a commit from being released
    /// a second time.</summary>
    public DateTimeOffset? ForgottenAt { get; set; }

    /// <summary>How often the push was published.</summary>
    public int Published { get; set; }

    public static ReleaseRow For(PushReceived push, int run, DateTimeOffset now) =>
        new()
        {
            Id = push.ReleaseId,
            Key = push.ReleaseId.ToString("N"),
            Application = push.Application,
            Repository = push.Source.Repository,
            Commit = push.Source.Commit,
            ReceivedAt = push.ReceivedAt,
            Push = push,
            Run = run,
            State = ReleaseView.Received,
            ChangedAt = now,
        };

    /// <summary>Takes over a newer snapshot.</summary>
    /// <returns>Whether it was newer.</returns>
    public bool Apply(ReleaseChanged snapshot, DateTimeOffset now)
    {
        if (snapshot.Revision <= Revision)
        {
            return false;
        }

        Revision = snapshot.Revision;
        Snapshot = snapshot;
        State = snapshot.State;
        Number = snapshot.Number;
        Version = snapshot.Version;
        ChangedAt = now;
        PublishAt = null;
        return true;
    }
}
