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

    /// <summary>Place in the one order of the application's releases, from 1, given by the lane of ci-coordinator when it admits
    /// the release; the only order that anybody downstream knows. 0: the release is not deployed.</summary>
    public long Number { get; init; }

    /// <summary>Set when a person asked for a version that is published already: nothing is built.</summary>
    public Deployment? Deployment { get; init; }

    /// <summary>Why the commit is not released, such as that its branch does not contain it; <c>null</c>: it is.</summary>
    public Failure? Refusal { get; init; }

    /// <summary>The release of the application that was the newest until this one came; it is superseded by it.</summary>
    public Guid? Supersedes { get; init; }

    /// <summary>The release that supersedes this one from the start, because it is of a newer commit whose push arrived
    /// earlier.</summary>
    public Guid? SupersededBy { get; init; }
}
