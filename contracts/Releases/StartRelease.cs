namespace Canary.Contracts.Releases;

/// <summary>Command, to the Release saga: begin the release of an admitted push.</summary>
[Queue("release")]
public sealed record StartRelease
{
    /// <summary>The release.</summary>
    public required Guid ReleaseId { get; init; }

    /// <summary>The push that it comes from.</summary>
    public required PushReceived Push { get; init; }
}
