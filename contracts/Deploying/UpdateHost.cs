namespace Canary.Contracts.Deploying;

/// <summary>
/// Command: bring one host to exactly one version of a package, or remove the package. Idempotent: a host that is there
/// already is only checked. Answered by <see cref="HostUpdated"/> or <see cref="HostUpdateFailed"/>.
/// </summary>
[Queue("deployer-update-host")]
public sealed record UpdateHost
{
    /// <summary>The rollout.</summary>
    public required Guid RolloutId { get; init; }

    /// <summary>The step of the rollout that the update belongs to, for example <c>canary</c>, <c>wave-1</c>,
    /// <c>rollback</c>.</summary>
    public required string Step { get; init; }

    /// <summary>Name of the host in the inventory.</summary>
    public required string Host { get; init; }

    /// <summary>The application.</summary>
    public required string Application { get; init; }

    /// <summary>Package name.</summary>
    public required string Package { get; init; }

    /// <summary>Version that the host shall have; <c>null</c>: none, the package is removed (the rollback of a first
    /// installation).</summary>
    public string? Version { get; init; }

    /// <summary>Other packages of the application that the host shall not have afterwards: its former names, or the new one when
    /// it goes back. Their configuration files stay.</summary>
    public IReadOnlyList<string> Removes { get; init; } = [];

    /// <summary>Health check to pass after the update; <c>null</c>: only that dpkg has the version installed.</summary>
    public HealthCheck? Health { get; init; }

    /// <summary>What tries the host once when it is healthy; <c>null</c>: nothing.</summary>
    public SmokeCommand? Smoke { get; init; }

    /// <summary>Counts the dispatches of this update, from 1.</summary>
    public required int Attempt { get; init; }
}

/// <summary>Event: the host has the version and is healthy.</summary>
public sealed record HostUpdated : IApplicationEvent
{
    /// <summary>The rollout.</summary>
    public required Guid RolloutId { get; init; }

    /// <summary>The application.</summary>
    public required string Application { get; init; }

    /// <summary>The step of the rollout.</summary>
    public required string Step { get; init; }

    /// <summary>The host.</summary>
    public required string Host { get; init; }

    /// <summary>Version that dpkg reports; <c>null</c>: the package is not installed.</summary>
    public string? Version { get; init; }
}

/// <summary>Event: the host could not be brought to the version, or is unhealthy with it.</summary>
public sealed record HostUpdateFailed : IApplicationEvent
{
    /// <summary>The rollout.</summary>
    public required Guid RolloutId { get; init; }

    /// <summary>The application.</summary>
    public required string Application { get; init; }

    /// <summary>The step of the rollout.</summary>
    public required string Step { get; init; }

    /// <summary>The host.</summary>
    public required string Host { get; init; }

    /// <summary>Version that dpkg reports; <c>null</c>: unknown or not installed.</summary>
    public string? Version { get; init; }

    /// <summary>Why.</summary>
    public required Failure Failure { get; init; }
}
