namespace Canary.Ingress.Notifications;

/// <summary>What a channel was told of a release, and whether there is more to tell. It is marked in the commit that records the
/// change, and what the release is like is read when the channel is told: so what waits is replaced by what is newer.</summary>
internal sealed class NotificationRow
{
    public required string Channel { get; init; }

    public required Guid ReleaseId { get; init; }

    /// <summary>Changes with every change of this row.</summary>
    public int Version { get; set; }

    /// <summary>Since when there is something that was not told, UTC; <c>null</c>: nothing.</summary>
    public DateTimeOffset? WaitingSince { get; set; }

    /// <summary>Key of the last news of it that were told or not worth it; <c>null</c>: none yet.</summary>
    public string? Seen { get; set; }

    /// <summary>What the notifier needs to tell more of it; <c>null</c>: it has told nothing.</summary>
    public string? Told { get; set; }
}

/// <summary>How a channel fares.</summary>
internal sealed class ChannelRow
{
    public required string Name { get; init; }

    /// <summary>When something was last delivered, UTC.</summary>
    public DateTimeOffset? DeliveredAt { get; set; }

    /// <summary>When a delivery last failed, UTC.</summary>
    public DateTimeOffset? FailedAt { get; set; }

    /// <summary>Why the last delivery failed; <c>null</c>: it did not.</summary>
    public string? Error { get; set; }

    /// <summary>What to do about it.</summary>
    public string? Remedy { get; set; }

    /// <summary>Messages that were given up.</summary>
    public long GivenUp { get; set; }
}
