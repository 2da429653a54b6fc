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

    /// <summary>When the push was accepted, UTC: of two waiting rollouts of an application only the newer one runs.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }
}

/// <summary>Command, to the Rollout saga: a newer commit arrived; end as superseded unless a host has been reached.</summary>
[Queue("deployer-rollout")]
public sealed record SupersedeRollout
{
    /// <summary>The rollout.</summary>
    public required Guid RolloutId { get; init; }
}

/// <summary>Command, to the Rollout saga: the canaries are well enough for production.</summary>
[Queue("deployer-rollout")]
public sealed record PromoteRollout
{
    /// <summary>The rollout.</summary>
    public required Guid RolloutId { get; init; }

    /// <summary>Who decided.</summary>
    public required string By { get; init; }
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
