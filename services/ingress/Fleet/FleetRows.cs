using Canary.Contracts.Deploying;

namespace Canary.Ingress.Fleet;

/// <summary>The newest <see cref="FleetObserved"/>; the table has one row.</summary>
internal sealed class FleetRow
{
    public const int OnlyId = 1;

    public int Id { get; init; } = OnlyId;

    public required long Revision { get; set; }

    public required DateTimeOffset ObservedAt { get; set; }

    public required IReadOnlyList<FleetHost> Hosts { get; set; }

    /// <summary>Public key of the deployer, one line of <c>authorized_keys</c>; <c>null</c>: it has not said.</summary>
    public string? DeployerKey { get; set; }
}

/// <summary>What a host runs of an application, as the newest rollout that reached the host saw it.</summary>
internal sealed class HostVersionRow
{
    public required string Host { get; init; }

    public required string Application { get; init; }

    /// <summary>Version that dpkg reported; <c>null</c>: not installed.</summary>
    public string? Version { get; set; }

    /// <summary>Place of its release in the one order of the application's releases.</summary>
    public required long RolloutNumber { get; set; }

    /// <summary>Revision of that rollout's snapshot.</summary>
    public required int RolloutRevision { get; set; }

    public bool IsOlderThan(long number, int revision) =>
        (RolloutNumber, RolloutRevision).CompareTo((number, revision)) < 0;
}
