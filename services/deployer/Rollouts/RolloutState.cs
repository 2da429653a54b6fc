using Canary.Contracts;
using Canary.Contracts.Deploying;
using Canary.Contracts.Packaging;
using MassTransit;

namespace Canary.Deployer.Rollouts;

/// <summary>What the Rollout saga remembers. Its hosts are rows of their own (<see cref="RolloutHost"/>).</summary>
internal sealed class RolloutState : SagaStateMachineInstance, ISagaVersion
{
    public Guid CorrelationId { get; set; }

    public int Version { get; set; }

    public string CurrentState { get; set; } = "";

    public Guid ReleaseId { get; set; }

    public string Application { get; set; } = "";

    public PackageReference Package { get; set; } = null!;

    public RolloutPlan Plan { get; set; } = null!;

    public DateTimeOffset ReceivedAt { get; set; }

    /// <summary>Revision of the last <see cref="RolloutChanged"/>.</summary>
    public int Revision { get; set; }

    public IReadOnlyList<StageSnapshot> Stages { get; set; } = [];

    public string? WaitingFor { get; set; }

    public Failure? Failure { get; set; }

    public int CanaryCount { get; set; }

    public int WaveCount { get; set; }

    /// <summary>Number of the wave at work, from 1; 0 before.</summary>
    public int Wave { get; set; }

    /// <summary>The step whose hosts are at work, or were last; see <see cref="Steps"/>.</summary>
    public string? Step { get; set; }

    public bool HostsReached { get; set; }

    /// <summary>Whether the canary suite was told, and not told otherwise since.</summary>
    public bool IsCanaryListed { get; set; }

    /// <summary>Whether the production suite was told, and not told otherwise since.</summary>
    public bool IsProductionListed { get; set; }

    /// <summary>Whether a person has let the release go on to production.</summary>
    public bool IsPromoted { get; set; }

    /// <summary>The person who let it go on.</summary>
    public string? PromotedBy { get; set; }

    /// <summary>The final state that a withdrawal or rollback leads to.</summary>
    public string? Outcome { get; set; }

    /// <summary>The answer that is awaited from the publisher.</summary>
    public Guid? RequestId { get; set; }

    public Guid? DeadlineToken { get; set; }

    public DateTimeOffset? DeadlineAt { get; set; }

    /// <summary>How often the step at work was asked for again.</summary>
    public int Resends { get; set; }

    public Guid? SoakToken { get; set; }

    public Guid? CheckToken { get; set; }

    /// <summary>Number of the last round of health checks.</summary>
    public int CheckRound { get; set; }

    /// <summary>How many results of the step at work the last snapshot held.</summary>
    public int ReportedResults { get; set; }

    /// <summary>Found while a message is handled: whether it is this rollout's turn. Not stored.</summary>
    public Turn HasTurn { get; set; }

    /// <summary>Found while a message is handled: how the step at work stands. Not stored.</summary>
    public StepVerdict Verdict { get; set; }

    /// <summary>Found while a message is handled: whether enough results have come for a new snapshot. Not
    /// stored.</summary>
    public bool HasNews { get; set; }

    /// <summary>The suite to withdraw the version from next: production first. <c>null</c>: none lists it.</summary>
    public Channel? ListedIn =>
        IsProductionListed ? Channel.Production
        : IsCanaryListed ? Channel.Canary
        : null;

    /// <summary>What a tally of the step at work means.</summary>
    public StepVerdict JudgementOf(StepTally tally) =>
        Step switch
        {
            Steps.Canary => tally.JudgeCanaries(HostShare.Parse(Plan.FailureBudget)),
            Steps.Rollback => tally.JudgeRollback(),
            _ => tally.JudgeWave(HostShare.Parse(Plan.FailureBudget)),
        };
}

/// <summary>Whether a rollout may start.</summary>
internal enum Turn
{
    Waits,
    Has,

    /// <summary>A newer push has had its turn already.</summary>
    Missed,
}
