namespace Canary.Ingress.Notifications;

/// <summary>The channels, as the API answers.</summary>
internal sealed record ChannelList(IReadOnlyList<ChannelView> Channels);

/// <summary>A channel that is told of releases, and how it fares.</summary>
internal sealed record ChannelView
{
    public required string Name { get; init; }

    /// <summary><c>slack</c>, <c>webhook</c>, <c>mail</c> or <c>none</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>The applications that it is told of, as patterns; empty: all.</summary>
    public required IReadOnlyList<string> Applications { get; init; }

    public required NotificationEvents Events { get; init; }

    /// <summary>Releases of which there is something to tell.</summary>
    public required int Waiting { get; init; }

    /// <summary>Messages that were given up.</summary>
    public required long GivenUp { get; init; }

    public DateTimeOffset? DeliveredAt { get; init; }

    public DateTimeOffset? FailedAt { get; init; }

    /// <summary>Why the last delivery failed; <c>null</c>: it did not.</summary>
    public string? Error { get; init; }

    /// <summary>What to do about it.</summary>
    public string? Remedy { get; init; }
}

/// <summary>What came of a test.</summary>
internal sealed record ChannelTest
{
    public required string Name { get; init; }

    public required bool Delivered { get; init; }

    /// <summary>Why it was not.</summary>
    public string? Error { get; init; }

    /// <summary>What to do about it.</summary>
    public string? Remedy { get; init; }
}
