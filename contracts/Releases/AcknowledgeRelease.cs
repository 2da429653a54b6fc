namespace Canary.Contracts.Releases;

/// <summary>
/// Command, by ingress to the Release saga: the read model holds this final revision. Until it comes, the saga publishes
/// its last <see cref="ReleaseChanged"/> again.
/// </summary>
[Queue("ci-coordinator-release")]
public sealed record AcknowledgeRelease
{
    /// <summary>The release.</summary>
    public required Guid ReleaseId { get; init; }

    /// <summary>The revision that is recorded.</summary>
    public required int Revision { get; init; }
}
