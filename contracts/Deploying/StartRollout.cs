using Canary.Contracts.Packaging;

namespace Canary.Contracts.Deploying;

/// <summary>
/// Command, to the Rollout saga: bring a published version to the hosts. Repeats make the saga publish
/// <see cref="RolloutChanged"/> again.
/// </summary>
[Queue("deployer-rollout")]
public sealed record StartRollout
{
    /// <summary>The rollout; follows from the release.</summary>
    public required Guid RolloutId { get; init; }

    /// <summary>The release.</summary>
    public required Guid ReleaseId { get; init; }

    /// <summary>The application.</summary>
    public required string Application { get; init; }

    /// <summary>The package.</summary>
    public required PackageReference Package { get; init; }

    /// <summary>How the commit wants to be deployed.</summary>
    public required DeploymentPlan Plan { get; init; }

    /// <summary>Place in the one order of the application's releases, from 1: of two waiting rollouts of an application only the
    /// one with the higher number runs.</summary>
    public required long Number { get; init; }

    /// <summary>Whether the canaries do not soak.</summary>
    public bool IsFast { get; init; }

    /// <summary>Whether healthy canaries go on to production without being promoted, whatever plan and configuration
    /// say.</summary>
    public bool Promotes { get; init; }

    /// <summary>Who asked for the release; shown as who promoted it.</summary>
    public string? By { get; init; }

    /// <summary>Who pushed the commit, or asked for the release where nobody had pushed it; <c>null</c>: not known.</summary>
    public string? Author { get; init; }

    /// <summary>Whether the release undoes another one: no window and no freeze holds it, and nobody is asked.</summary>
    public bool GoesBack { get; init; }

    /// <summary>Whether the package's script before the first host is left out: the version was deployed before, or a person says that
    /// what it does is done.</summary>
    public bool SkipsPreDeploy { get; init; }
}

/// <summary>Command, to the Rollout saga: a newer commit arrived; end as superseded unless a host has been reached.</summary>
[Queue("deployer-rollout")]
public sealed record SupersedeRollout
{
    /// <summary>The rollout.</summary>
    public required Guid RolloutId { get; init; }
}

/// <summary>Command, to the Rollout saga: the canaries are healthy enough for production.</summary>
[Queue("deployer-rollout")]
public sealed record PromoteRollout
{
    /// <summary>The rollout.</summary>
    public required Guid RolloutId { get; init; }

    /// <summary>Who decided.</summary>
    public required string By { get; init; }
}

/// <summary>Command, by a person, to the Rollout saga: begin no further host until the rollout is resumed. What is under way on
/// a host ends.</summary>
[Queue("deployer-rollout")]
public sealed record PauseRollout
{
    /// <summary>The rollout.</summary>
    public required Guid RolloutId { get; init; }

    /// <summary>Who decided.</summary>
    public required string By { get; init; }

    /// <summary>Why.</summary>
    public string? Reason { get; init; }
}

/// <summary>Command, by a person, to the Rollout saga: go on from where it was paused, or from where a failed wave stopped.</summary>
[Queue("deployer-rollout")]
public sealed record ResumeRollout
{
    /// <summary>The rollout.</summary>
    public required Guid RolloutId { get; init; }

    /// <summary>Who decided.</summary>
    public required string By { get; init; }
}

/// <summary>Command, by a person, to the Rollout saga: windows and freezes do not hold it.</summary>
[Queue("deployer-rollout")]
public sealed record OverrideGates
{
    /// <summary>The rollout.</summary>
    public required Guid RolloutId { get; init; }

    /// <summary>Who decided.</summary>
    public required string By { get; init; }

    /// <summary>Why.</summary>
    public required string Reason { get; init; }
}

/// <summary>Command, by a person, to the Rollout saga: treat one host otherwise than the plan does.</summary>
[Queue("deployer-rollout")]
public sealed record SteerHost
{
    /// <summary>The rollout.</summary>
    public required Guid RolloutId { get; init; }

    /// <summary>Name of the host in the inventory.</summary>
    public required string Host { get; init; }

    /// <summary>What to do.</summary>
    public required HostSteering Steering { get; init; }

    /// <summary>Who decided.</summary>
    public required string By { get; init; }
}

/// <summary>What a person decides for one host of a rollout.</summary>
public enum HostSteering
{
    /// <summary>Try the host again that failed.</summary>
    Retry,

    /// <summary>Leave the host out of this rollout: its failure does not count. It converges later.</summary>
    Skip,
}

/// <summary>Command, to the Rollout saga: take back what was done, from whatever state it is in. A rollout that has reached
/// no host ends at once.</summary>
[Queue("deployer-rollout")]
public sealed record RollBackRollout
{
    /// <summary>The rollout.</summary>
    public required Guid RolloutId { get; init; }

    /// <summary>Who decided.</summary>
    public required string By { get; init; }

    /// <summary>Why.</summary>
    public string? Reason { get; init; }
}
