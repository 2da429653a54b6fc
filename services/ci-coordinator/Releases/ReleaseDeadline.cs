using Canary.Contracts;
using Canary.Durability.Storage;

namespace Canary.CiCoordinator.Releases;

/// <summary>Timer of the Release saga: the release has waited long enough to ask again.</summary>
[Queue("ci-coordinator-release")]
public sealed record ReleaseDeadline : IDeadline
{
    /// <summary>The release.</summary>
    public required Guid ReleaseId { get; init; }
}
