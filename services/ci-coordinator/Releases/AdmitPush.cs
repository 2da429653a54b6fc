using Canary.Contracts;
using Canary.Contracts.Releases;

namespace Canary.CiCoordinator.Releases;

/// <summary>Command, within ci-coordinator: find the place of a push among the releases of its application. The repository is
/// asked where the commit stands on its branch; no clock is. Answered by <see cref="StartRelease"/> or <see
/// cref="AdmissionDelayed"/>.</summary>
[Queue("ci-coordinator-admit-push")]
public sealed record AdmitPush
{
    /// <summary>The release that asks.</summary>
    public required Guid ReleaseId { get; init; }

    /// <summary>The push.</summary>
    public required PushReceived Push { get; init; }

    /// <summary>Whether the release has its place already, and its push came again: the branch may have been set back to the
    /// commit.</summary>
    public bool IsRepeated { get; init; }
}

/// <summary>Event, within ci-coordinator: the repository does not say where the commit stands; asking again helps.</summary>
public sealed record AdmissionDelayed
{
    /// <summary>The release.</summary>
    public required Guid ReleaseId { get; init; }

    /// <summary>Why.</summary>
    public required Failure Failure { get; init; }
}
