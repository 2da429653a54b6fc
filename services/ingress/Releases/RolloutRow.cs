using Canary.Contracts.Deploying;

namespace Canary.Ingress.Releases;

/// <summary>The newest <see cref="RolloutChanged"/> of a rollout.</summary>
internal sealed class RolloutRow
{
    public required Guid Id { get; init; }

    public required Guid ReleaseId { get; init; }

    public required string Application { get; init; }

    /// <summary>Place of its release in the one order of the application's releases; 0: not known yet.</summary>
    public long Number { get; set; }

    public required string State { get; set; }

    public required bool HostsReached { get; set; }

    /// <summary>When its first stage started, UTC.</summary>
    public DateTimeOffset? StartedAt { get; set; }

    /// <summary>When its last stage ended, UTC, once it is over.</summary>
    public DateTimeOffset? FinishedAt { get; set; }

    /// <summary>Whether a release was started to undo it, since it was regretted.</summary>
    public bool IsUndone { get; set; }

    public int Revision { get; set; }

    public required RolloutChanged Snapshot { get; set; }

    public static RolloutRow For(RolloutChanged snapshot)
    {
        var row = new RolloutRow
        {
            Id = snapshot.RolloutId,
            ReleaseId = snapshot.ReleaseId,
            Application = snapshot.Application,
            State = snapshot.State,
            HostsReached = snapshot.HostsReached,
            Snapshot = snapshot,
        };
        row.Apply(snapshot);
        return row;
    }

    /// <summary>Takes over a newer snapshot.</summary>
    /// <returns>Whether it was newer.</returns>
    public bool Apply(RolloutChanged snapshot)
    {
        if (snapshot.Revision <= Revision)
        {
            return false;
        }

        Revision = snapshot.Revision;
        Snapshot = snapshot;
        State = snapshot.State;
        HostsReached = snapshot.HostsReached;
        StartedAt = snapshot.Stages.Min(stage => stage.StartedAt);
        FinishedAt = RolloutStates.IsFinal(snapshot.State) ? snapshot.Stages.Max(stage => stage.FinishedAt) : null;
        return true;
    }
}
