using Canary.Contracts;
using Canary.Contracts.Deploying;
using Canary.Contracts.Packaging;
using Canary.Deployer.Gates;
using Canary.Durability.Sagas;

namespace Canary.Deployer.Rollouts;

/// <summary>What the Rollout saga remembers. Its hosts are rows of their own (<see cref="RolloutHost"/>).</summary>
internal sealed class RolloutState : IAskingSaga
{
    public Guid CorrelationId { get; set; }

    public int Version { get; set; }

    public string CurrentState { get; set; } = "";

    public Guid ReleaseId { get; set; }

    public string Application { get; set; } = "";

    public PackageReference Package { get; set; } = null!;

    public RolloutPlan Plan { get; set; } = null!;

    /// <summary>Place in the one order of the application's releases.</summary>
    public long Number { get; set; }

    /// <summary>Revision of the last <see cref="RolloutChanged"/>.</summary>
    public int Revision { get; set; }

    public IReadOnlyList<StageSnapshot> Stages { get; set; } = [];

    public string? WaitingFor { get; set; }

    public Failure? Failure { get; set; }

    /// <summary>What a person should know before hosts are touched, in words for people.</summary>
    public IReadOnlyList<string> Warnings { get; set; } = [];

    /// <summary>Why the version shall be rolled back though the rollout has completed.</summary>
    public Failure? Regret { get; set; }

    /// <summary>The last place of an alarm that does not count: it began to fire before the first host got the version, or was seen
    /// by who resumed the rollout. <c>null</c>: no host has been reached yet.</summary>
    public long? AlarmsBefore { get; set; }

    /// <summary>Until when, by the store's clock, an alarm has the completed rollout regretted; <c>null</c>: it is not
    /// watched.</summary>
    public DateTimeOffset? WatchUntil { get; set; }

    public Guid? WatchToken { get; set; }

    public int CanaryCount { get; set; }

    public int WaveCount { get; set; }

    /// <summary>Number of the wave at work, from 1; 0 before.</summary>
    public int Wave { get; set; }

    /// <summary>The share of the machines that upgrade by themselves which are offered the version while waves go out, in percent.</summary>
    public int Offered { get; set; }

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

    /// <summary>What people have said about its gates; <c>null</c>: nothing.</summary>
    public GateState? Gates { get; set; }

    /// <summary>Why no further host is begun, in words for people; <c>null</c>: it is not paused.</summary>
    public string? Pause { get; set; }

    /// <summary>Whether it is paused because a wave failed: going on accepts the hosts that failed.</summary>
    public bool IsPausedByFailure { get; set; }

    /// <summary>The final state that a withdrawal or rollback leads to.</summary>
    public string? Outcome { get; set; }

    /// <summary>The answer that is awaited from the publisher.</summary>
    public Guid? RequestId { get; set; }

    public Guid? DeadlineToken { get; set; }

    public DateTimeOffset? DeadlineAt { get; set; }

    public int Attempts { get; set; }

    public Guid? SoakToken { get; set; }

    /// <summary>Number of the last round of health checks.</summary>
    public int CheckRound { get; set; }

    /// <summary>How many results of the step at work the last snapshot held.</summary>
    public int ReportedResults { get; set; }

    /// <summary>Found while a message is handled: whether it is this rollout's turn. Not stored.</summary>
    public Turn HasTurn { get; set; }

    /// <summary>Found while a message is handled: how the step at work stands. Not stored.</summary>
    public StepVerdict Verdict { get; set; }

    /// <summary>Found while a message is handled: whether a window or a freeze holds it. Not stored.</summary>
    public bool IsHeld { get; set; }

    /// <summary>Found while a message is handled: whether enough results have come for a new snapshot. Not
    /// stored.</summary>
    public bool HasNews { get; set; }

    /// <summary>Found while a message is handled: whether further hosts were told what to do, or given up. Not stored.</summary>
    public bool HasToldMore { get; set; }

    /// <summary>Found while a message is handled: whether the silence of alarms may be believed. Not stored.</summary>
    public bool IsSilenceTrusted { get; set; }

    /// <summary>Found while a message is handled: what the alarms ask for; <c>null</c>: nothing. Not stored.</summary>
    public AlarmPolicy? AlarmVerdict { get; set; }

    /// <summary>What went wrong was not seen before everything was done.</summary>
    public void RegretFailure()
    {
        (Regret, Failure) = (Failure, null);
        WatchUntil = null;
        HasNews = true;
    }

    /// <summary>Whose approval does not count, because the release is their own; <c>null</c>: everybody's does.</summary>
    public string? Excluded => Plan.AuthorMayApprove ? null : Gates?.Author;

    /// <summary>How many more people must let it go on to production.</summary>
    public int MissingApprovals => Math.Max(1, Plan.Approvals) - (Gates?.Approvals.Count ?? 0);

    /// <summary>Notes that a person lets it go on to production: once, and not its author where that does not count.</summary>
    public void Approve(string by)
    {
        var gates = Gates ?? new GateState();
        var counts =
            !string.Equals(by, Excluded, StringComparison.OrdinalIgnoreCase)
            && !gates.Approvals.Contains(by, StringComparer.OrdinalIgnoreCase);
        Gates = counts ? gates with { Approvals = [.. gates.Approvals, by] } : gates;
        IsPromoted = MissingApprovals <= 0;
        PromotedBy = string.Join(" and ", Gates.Approvals);
    }

    /// <summary>Notes that the next suite lists the version no longer: production first.</summary>
    public Channel Unlist()
    {
        var channel = IsProductionListed ? Channel.Production : Channel.Canary;
        IsProductionListed = false;
        IsCanaryListed &= channel == Channel.Production;
        return channel;
    }

    /// <summary>How the step at work stands, in words for people.</summary>
    public string WordsFor(StepTally tally) => $"{HostsIn(tally)}{OfferIn(tally)}{SoakInWords()}";

    private string HostsIn(StepTally tally) => IsOffered && tally.Hosts == 0 ? "" : $"{tally}";

    private string OfferIn(StepTally tally) =>
        !IsOffered ? ""
        : tally.Hosts == 0 ? $"offered to {Offered}% of the machines"
        : $", offered to {Offered}% of those that upgrade by themselves";

    private string SoakInWords() =>
        CurrentState == nameof(RolloutStateMachine.SoakingWave) ? $", soak until {EndOfWaveSoak:HH:mm:ss} UTC" : "";

    /// <summary>For people: it is a timer that ends it.</summary>
    public DateTimeOffset? EndOfWaveSoak => this.EndOf(Step!) + Plan.WaveSoak;

    private bool IsOffered => Plan.Phased && Wave > 0 && Step == Steps.Wave(Wave);

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
