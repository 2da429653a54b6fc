using Canary.Contracts;
using Canary.Durability.Storage;

namespace Canary.CiCoordinator.Releases;

/// <summary>Command, within ci-coordinator: deployments of the application were resumed; see whether the release may go
/// on.</summary>
[Queue("ci-coordinator-release")]
public sealed record ContinueRelease
{
    /// <summary>The release.</summary>
    public required Guid ReleaseId { get; init; }
}

/// <summary>Timer, within ci-coordinator: publish the hold of an application again.</summary>
[Queue("ci-coordinator-hold-application")]
public sealed record AnnounceHold : IDeadline
{
    /// <summary>The application.</summary>
    public required string Application { get; init; }

    /// <summary>The change that is published; a newer one is published by itself.</summary>
    public required int Revision { get; init; }

    /// <summary>How often it is published after that.</summary>
    public required int Left { get; init; }
}
