namespace Canary.Contracts.Publishing;

/// <summary>
/// Command: make a suite list a version as the one its hosts should run. Idempotent. Answered by
/// <see cref="VersionAdvertised"/> or <see cref="AdvertisingFailed"/>.
/// </summary>
[Queue("repository-publisher-advertise-version")]
public sealed record AdvertiseVersion
{
    /// <summary>Id of the request; its answer carries it.</summary>
    public required Guid RequestId { get; init; }

    /// <summary>The rollout that asks.</summary>
    public required Guid RolloutId { get; init; }

    /// <summary>The application.</summary>
    public required string Application { get; init; }

    /// <summary>Suite, for example <c>canary</c> or <c>production</c>.</summary>
    public required string Suite { get; init; }

    /// <summary>Package name.</summary>
    public required string Package { get; init; }

    /// <summary>Package version; must be in the pool.</summary>
    public required string Version { get; init; }

    /// <summary>
    /// <c>Phased-Update-Percentage</c>, 0 to 100: share of machines that a plain upgrade offers the version to.
    /// 0 offers it to nobody (an explicit install still works); 100 leaves the field out.
    /// </summary>
    public required int PhasedPercentage { get; init; }
}

/// <summary>
/// Command: take a version out of a suite's index and list those again that hosts go back to, in one step. Idempotent.
/// Answered by <see cref="VersionWithdrawn"/> or <see cref="AdvertisingFailed"/>.
/// </summary>
[Queue("repository-publisher-withdraw-version")]
public sealed record WithdrawVersion
{
    /// <summary>Id of the request; its answer carries it.</summary>
    public required Guid RequestId { get; init; }

    /// <summary>The rollout that asks.</summary>
    public required Guid RolloutId { get; init; }

    /// <summary>The application.</summary>
    public required string Application { get; init; }

    /// <summary>Suite, for example <c>canary</c> or <c>production</c>.</summary>
    public required string Suite { get; init; }

    /// <summary>Package name.</summary>
    public required string Package { get; init; }

    /// <summary>Package version.</summary>
    public required string Version { get; init; }

    /// <summary>Versions that the suite shall list, whatever sorts higher: the first one is what it offers from now on, the
    /// others can be installed explicitly. Empty: it offers the highest that is left.</summary>
    public IReadOnlyList<ListedVersion> Restores { get; init; } = [];
}

/// <summary>Event: the suite lists the version; every later <c>apt-get update</c> sees it.</summary>
public sealed record VersionAdvertised : IApplicationEvent
{
    /// <summary>The request.</summary>
    public required Guid RequestId { get; init; }

    /// <summary>The rollout that asked.</summary>
    public required Guid RolloutId { get; init; }

    /// <summary>The application.</summary>
    public required string Application { get; init; }

    /// <summary>Suite.</summary>
    public required string Suite { get; init; }

    /// <summary>Package name.</summary>
    public required string Package { get; init; }

    /// <summary>Package version.</summary>
    public required string Version { get; init; }

    /// <summary><c>Phased-Update-Percentage</c>, 0 to 100.</summary>
    public required int PhasedPercentage { get; init; }

    /// <summary>The version that the suite offered before; <c>null</c> if there was none.</summary>
    public string? PreviousVersion { get; init; }
}

/// <summary>Event: the suite no longer lists the version.</summary>
public sealed record VersionWithdrawn : IApplicationEvent
{
    /// <summary>The request.</summary>
    public required Guid RequestId { get; init; }

    /// <summary>The rollout that asked.</summary>
    public required Guid RolloutId { get; init; }

    /// <summary>The application.</summary>
    public required string Application { get; init; }

    /// <summary>Suite.</summary>
    public required string Suite { get; init; }

    /// <summary>Package name.</summary>
    public required string Package { get; init; }

    /// <summary>The version that left.</summary>
    public required string Version { get; init; }

    /// <summary>The version that the suite offers now; <c>null</c> if none is left.</summary>
    public string? CurrentVersion { get; init; }

    /// <summary>Those of the versions to restore that the suite lists now; the others are not in the pool any more.</summary>
    public IReadOnlyList<ListedVersion> Restored { get; init; } = [];
}

/// <summary>Event: the suite could not be changed; it is as it was.</summary>
public sealed record AdvertisingFailed : IApplicationEvent
{
    /// <summary>The request.</summary>
    public required Guid RequestId { get; init; }

    /// <summary>The rollout that asked.</summary>
    public required Guid RolloutId { get; init; }

    /// <summary>The application.</summary>
    public required string Application { get; init; }

    /// <summary>Why.</summary>
    public required Failure Failure { get; init; }
}

/// <summary>A version of a package in a suite.</summary>
/// <param name="Package">Package name.</param>
/// <param name="Version">Package version.</param>
public sealed record ListedVersion(string Package, string Version);
