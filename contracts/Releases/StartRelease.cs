namespace Canary.Contracts.Releases;

/// <summary>Command, to the Release saga: begin the release of an admitted push. Repeats make the saga publish
/// <see cref="ReleaseChanged"/> again.</summary>
[Queue("ci-coordinator-release")]
public sealed record StartRelease
{
    /// <summary>The release.</summary>
    public required Guid ReleaseId { get; init; }

    /// <summary>The push that it comes from.</summary>
    public required PushReceived Push { get; init; }

    /// <summary>The release of the application that was the newest until this one came; it is superseded by it.</summary>
    public Guid? Supersedes { get; init; }

    /// <summary>The release that supersedes this one from the start, because it is of a newer commit whose push arrived
    /// earlier.</summary>
    public Guid? SupersededBy { get; init; }
}
