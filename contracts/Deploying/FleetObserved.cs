namespace Canary.Contracts.Deploying;

/// <summary>Event, by the deployer: the hosts of the inventory as they are now, whole. Published at start, at every
/// preflight, after every rollout and when the inventory changes.</summary>
public sealed record FleetObserved : IEvent
{
    /// <summary>Counts up with every look, from 1. A subscriber keeps the highest.</summary>
    public required long Revision { get; init; }

    /// <summary>When the deployer looked, UTC. For people to read: it orders nothing.</summary>
    public required DateTimeOffset ObservedAt { get; init; }

    /// <summary>All hosts.</summary>
    public required IReadOnlyList<FleetHost> Hosts { get; init; }

    /// <summary>Public key that the deployer logs in to hosts with, one line of <c>authorized_keys</c>; <c>null</c>: it cannot be
    /// read.</summary>
    public string? DeployerKey { get; init; }
}

/// <summary>A host of the inventory.</summary>
public sealed record FleetHost
{
    /// <summary>Name in the inventory.</summary>
    public required string Name { get; init; }

    /// <summary>Address that people and health checks reach it by.</summary>
    public required string Address { get; init; }

    /// <summary>Whether it is a canary or a production host.</summary>
    public required Channel Channel { get; init; }

    /// <summary>Its role.</summary>
    public required string Role { get; init; }

    /// <summary>Applications that it runs; <c>*</c> stands for any.</summary>
    public required IReadOnlyList<string> Applications { get; init; }

    /// <summary>How it is reached: <c>local</c>, <c>ssh</c>.</summary>
    public required string Transport { get; init; }

    /// <summary>Where it stands or what it is, for example <c>zone=a</c>.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Fingerprints of the keys that it must show over SSH: those of the inventory, else those that it enrolled with. None: the
    /// deployer's file of known hosts decides.</summary>
    public IReadOnlyList<string> HostKeys { get; init; } = [];
}
