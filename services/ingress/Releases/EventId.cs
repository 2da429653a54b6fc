using System.Globalization;

namespace Canary.Ingress.Releases;

/// <summary>Id of a server-sent event: when the change was recorded, and the revisions that it led to.</summary>
internal readonly record struct EventId(long ChangedAtTicks, int Release, int Rollout)
{
    /// <summary>Whether both show the same state of one release.</summary>
    public bool ShowsSameAs(EventId other) => Release == other.Release && Rollout == other.Rollout;

    /// <summary>Reads what <c>Last-Event-ID</c> says; <c>null</c> if it says nothing that we wrote.</summary>
    public static EventId? Parse(string? text) =>
        text?.Split('-') is [var ticks, var release, var rollout]
        && long.TryParse(ticks, NumberStyles.None, CultureInfo.InvariantCulture, out var changedAt)
        && changedAt <= DateTimeOffset.MaxValue.UtcTicks
        && int.TryParse(release, NumberStyles.None, CultureInfo.InvariantCulture, out var releaseRevision)
        && int.TryParse(rollout, NumberStyles.None, CultureInfo.InvariantCulture, out var rolloutRevision)
            ? new EventId(changedAt, releaseRevision, rolloutRevision)
            : null;

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{ChangedAtTicks}-{Release}-{Rollout}");
}
