using Canary.Hosting.Messaging;

namespace Canary.CiCoordinator.Releases;

/// <summary>Timer of the Release saga: the release has waited long enough to ask again.</summary>
internal sealed record ReleaseDeadline : IDeadline
{
    public required Guid ReleaseId { get; init; }
}
