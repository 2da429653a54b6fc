namespace Canary.Contracts.Publishing;

/// <summary>
/// Command: keep in the pool what hosts of an application have or may be rolled back to, whatever the suites list. The newest
/// of an application replaces the one before. Idempotent. Answered by <see cref="VersionsKept"/>.
/// </summary>
[Queue("repository-publisher-keep-versions")]
public sealed record KeepVersions
{
    /// <summary>Id of the request; its answer carries it.</summary>
    public required Guid RequestId { get; init; }

    /// <summary>The rollout that asks.</summary>
    public required Guid RolloutId { get; init; }

    /// <summary>The application.</summary>
    public required string Application { get; init; }

    /// <summary>Place of the rollout's release in the one order of the application's releases: one that comes late replaces
    /// nothing.</summary>
    public required long Number { get; init; }

    /// <summary>All that hosts of the application need.</summary>
    public required IReadOnlyList<ListedVersion> Versions { get; init; }
}

/// <summary>Event: what there is of the versions stays in the pool until a newer rollout says otherwise.</summary>
public sealed record VersionsKept : IApplicationEvent
{
    /// <summary>The request.</summary>
    public required Guid RequestId { get; init; }

    /// <summary>The rollout that asked.</summary>
    public required Guid RolloutId { get; init; }

    /// <summary>The application.</summary>
    public required string Application { get; init; }

    /// <summary>Those of the versions that the pool does not have any more, or never had.</summary>
    public IReadOnlyList<ListedVersion> Missing { get; init; } = [];
}
