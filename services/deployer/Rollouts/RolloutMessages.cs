using Canary.Contracts;
using Canary.Contracts.Deploying;
using Canary.Durability.Storage;

namespace Canary.Deployer.Rollouts;

/// <summary>Command, within the deployer: look up and freeze the hosts of a rollout. Answered by <see
/// cref="FleetChecked"/>, <see cref="FleetDelayed"/> or <see cref="FleetRejected"/>.</summary>
[Queue("deployer-check-fleet")]
public sealed record CheckFleet
{
    /// <summary>The rollout.</summary>
    public required Guid RolloutId { get; init; }

    /// <summary>The application.</summary>
    public required string Application { get; init; }

    /// <summary>Package name.</summary>
    public required string Package { get; init; }

    /// <summary>Role of the hosts, or several with commas between.</summary>
    public required string Role { get; init; }

    /// <summary>What each wave goes up to.</summary>
    public required IReadOnlyList<string> Waves { get; init; }

    /// <summary>Tag by which hosts stand together; <c>null</c>: none.</summary>
    public string? Spread { get; init; }

    /// <summary>Whether machines that upgrade by themselves are offered the version wave by wave.</summary>
    public bool Phased { get; init; }

    /// <summary>Whether it may go out that way alone, without any host.</summary>
    public bool MayLackHosts { get; init; }

    /// <summary>Failure budget.</summary>
    public required string FailureBudget { get; init; }
}

/// <summary>Event, within the deployer: the hosts are frozen and the rollout can begin.</summary>
public sealed record FleetChecked
{
    /// <summary>The rollout.</summary>
    public required Guid RolloutId { get; init; }

    /// <summary>Number of canary hosts.</summary>
    public required int Canaries { get; init; }

    /// <summary>Number of production waves.</summary>
    public required int Waves { get; init; }

    /// <summary>In words for people, for example <c>4 hosts, 1 unreachable: web-3</c>.</summary>
    public required string Detail { get; init; }
}

/// <summary>Event, within the deployer: the hosts cannot be looked up now; asking again helps.</summary>
public sealed record FleetDelayed
{
    /// <summary>The rollout.</summary>
    public required Guid RolloutId { get; init; }

    /// <summary>Why.</summary>
    public required Failure Failure { get; init; }
}

/// <summary>Event, within the deployer: the rollout cannot begin.</summary>
public sealed record FleetRejected
{
    /// <summary>The rollout.</summary>
    public required Guid RolloutId { get; init; }

    /// <summary>Why.</summary>
    public required Failure Failure { get; init; }
}

/// <summary>Command, within the deployer: check that a host is healthy, and change nothing on it. Answered by
/// <see cref="HostChecked"/>.</summary>
[Queue("deployer-check-host")]
public sealed record CheckHost
{
    /// <summary>The rollout.</summary>
    public required Guid RolloutId { get; init; }

    /// <summary>The host.</summary>
    public required string Host { get; init; }

    /// <summary>The application.</summary>
    public required string Application { get; init; }

    /// <summary>Package name.</summary>
    public required string Package { get; init; }

    /// <summary>Version that the host shall have.</summary>
    public required string Version { get; init; }

    /// <summary>Health check.</summary>
    public HealthCheck? Health { get; init; }

    /// <summary>Number of the round of checks.</summary>
    public required int Round { get; init; }
}

/// <summary>Event, within the deployer: a host was checked, and the result is recorded.</summary>
public sealed record HostChecked
{
    /// <summary>The rollout.</summary>
    public required Guid RolloutId { get; init; }

    /// <summary>The host.</summary>
    public required string Host { get; init; }

    /// <summary>Number of the round of checks.</summary>
    public required int Round { get; init; }
}

/// <summary>Command, within the deployer: the rollout before has ended, this one may start.</summary>
[Queue("deployer-rollout")]
public sealed record TakeTurn
{
    /// <summary>The rollout.</summary>
    public required Guid RolloutId { get; init; }
}

/// <summary>Command, within the deployer: an alarm of the application has begun to fire.</summary>
[Queue("deployer-rollout")]
public sealed record LookAtAlarms
{
    /// <summary>The rollout.</summary>
    public required Guid RolloutId { get; init; }
}

/// <summary>Command, within the deployer: a rollout has ended; publish the inventory as it is now, and see what the hosts run that
/// it did not bring there.</summary>
[Queue("deployer-observe-fleet")]
public sealed record ObserveFleet
{
    /// <summary>The rollout that asks.</summary>
    public required Guid RolloutId { get; init; }

    /// <summary>Its application.</summary>
    public required string Application { get; init; }
}

/// <summary>Deadline of the step at work.</summary>
[Queue("deployer-rollout")]
public sealed record RolloutDeadline : IDeadline
{
    /// <summary>The rollout.</summary>
    public required Guid RolloutId { get; init; }
}

/// <summary>Timer: the soak is over.</summary>
[Queue("deployer-rollout")]
public sealed record SoakOver : ISagaTimer
{
    /// <summary>The rollout.</summary>
    public required Guid RolloutId { get; init; }
}

/// <summary>Timer: the alarms of a rollout that has completed are to be looked at.</summary>
[Queue("deployer-rollout")]
public sealed record WatchDue : ISagaTimer
{
    /// <summary>The rollout.</summary>
    public required Guid RolloutId { get; init; }
}
