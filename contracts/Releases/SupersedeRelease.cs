namespace Canary.Contracts.Releases;

/// <summary>
/// Command, to the Release saga: a newer commit of the application arrived. A release that has reached no host ends as
/// superseded; one that has goes on, and the newer one waits for it.
/// </summary>
[Queue("ci-coordinator-release")]
public sealed record SupersedeRelease
{
    /// <summary>The older release.</summary>
    public required Guid ReleaseId { get; init; }

    /// <summary>The newer release.</summary>
    public required Guid SupersededBy { get; init; }
}
