using Canary.Contracts;
using Canary.Contracts.Building;
using Canary.Contracts.Deploying;
using Canary.Contracts.Packaging;
using Canary.Contracts.Releases;
using Canary.Durability.Sagas;

namespace Canary.CiCoordinator.Releases;

/// <summary>One release, from an admitted push to its end.</summary>
internal sealed class ReleaseState : IAskingSaga
{
    /// <summary>The release's id.</summary>
    public Guid CorrelationId { get; set; }

    public int Version { get; set; }

    public string CurrentState { get; set; } = "";

    public PushReceived Push { get; set; } = null!;

    /// <summary>Place in the one order of the application's releases; 0: it has none.</summary>
    public long Number { get; set; }

    /// <summary>Set when a package that is published already is deployed.</summary>
    public Deployment? Deployment { get; set; }

    /// <summary>In words for people; <c>null</c> while it works.</summary>
    public string? WaitingFor { get; set; }

    /// <summary>The release that was the application's newest before this one.</summary>
    public Guid? Supersedes { get; set; }

    /// <summary>Counts the published snapshots.</summary>
    public int Revision { get; set; }

    public List<StageSnapshot> Stages { get; set; } = [];

    /// <summary>What the build made for the package.</summary>
    public BuildOutput? Output { get; set; }

    /// <summary>What the build left besides.</summary>
    public BuildLeftovers? Left { get; set; }

    public PackageReference? Package { get; set; }

    public DeploymentPlan? Plan { get; set; }

    /// <summary>What a person decided and the rollout has not shown yet.</summary>
    public Decision? Decision { get; set; }

    /// <summary>The newer release, from the moment it is known; whether it takes this one's place is up to the state.</summary>
    public Guid? Successor { get; set; }

    public int RolloutRevision { get; set; }

    public Failure? Failure { get; set; }

    public DateTimeOffset? FinishedAt { get; set; }

    public Guid? DeadlineToken { get; set; }

    public DateTimeOffset? DeadlineAt { get; set; }

    /// <summary>How often the present state has asked without an answer.</summary>
    public int Attempts { get; set; }

    /// <summary>Whether it deploys what was built for another release.</summary>
    public bool SkipsBuild => Stages.Any(stage => stage is { Name: Releases.Stages.Build, State: StageState.Skipped });

    /// <summary>Whether its package has entered the repository.</summary>
    public bool IsPublished =>
        Package is not null
        && (
            Deployment is not null
            || Stages.Any(stage => stage is { Name: Releases.Stages.Publish, State: StageState.Succeeded })
        );
}

/// <summary>What a person decided about a rollout.</summary>
internal sealed record Decision
{
    /// <summary>Whether to go back; otherwise to go on to production.</summary>
    public required bool RollsBack { get; init; }

    public required string By { get; init; }

    public string? Reason { get; init; }

    /// <summary>Whether a rollout in this state has taken the decision in.</summary>
    public bool HasTakenEffectIn(string rolloutState) =>
        rolloutState is RolloutStates.RollingBack
        || RolloutStates.IsFinal(rolloutState)
        || (!RollsBack && rolloutState is RolloutStates.DeployingWave);

    /// <summary>Whether a rollout in this state can act on the decision.</summary>
    public bool AppliesTo(string rolloutState) => RollsBack || rolloutState is RolloutStates.AwaitingPromotion;
}
