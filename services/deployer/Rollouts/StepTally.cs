using Canary.Contracts;

namespace Canary.Deployer.Rollouts;

/// <summary>What is known of the hosts of a step. It is counted from the recorded results, never from messages, so a
/// repeated message changes nothing.</summary>
internal sealed record StepTally
{
    /// <summary>Hosts of the step, without those that a person has left out.</summary>
    public required int Hosts { get; init; }

    /// <summary>Hosts that have the version and are healthy.</summary>
    public required int Succeeded { get; init; }

    /// <summary>Hosts that could not be brought to the version, or are unhealthy with it.</summary>
    public required int Failed { get; init; }

    /// <summary>Those of <see cref="Failed"/> that could not be reached, so say nothing about the version.</summary>
    public required int Unreachable { get; init; }

    public static StepTally Of(IReadOnlyCollection<RolloutHost> rows) =>
        new()
        {
            Hosts = rows.Count(row => row.State != StageState.Skipped),
            Succeeded = rows.Count(row => row.State == StageState.Succeeded),
            Failed = rows.Count(row => row.State == StageState.Failed),
            Unreachable = rows.Count(row => row.State == StageState.Failed && row.IsUnreachable),
        };

    public int Finished => Succeeded + Failed;

    public bool IsFinished => Finished == Hosts;

    /// <summary>A production wave fails as soon as more hosts have failed than the budget allows.</summary>
    public StepVerdict JudgeWave(HostShare budget) =>
        Failed > budget.RoundDown(Hosts) ? StepVerdict.Failed
        : IsFinished ? StepVerdict.Passed
        : StepVerdict.Open;

    /// <summary>The canaries fail as soon as one is unhealthy with the version; the budget only covers those that cannot
    /// be reached, and one at least must be healthy.</summary>
    public StepVerdict JudgeCanaries(HostShare budget) =>
        Failed > Unreachable || Unreachable > budget.RoundDown(Hosts) ? StepVerdict.Failed
        : !IsFinished ? StepVerdict.Open
        : Succeeded > 0 || Hosts == 0 ? StepVerdict.Passed
        : StepVerdict.Failed;

    /// <summary>A rollback goes on until every host has been tried.</summary>
    public StepVerdict JudgeRollback() =>
        !IsFinished ? StepVerdict.Open
        : Failed == 0 ? StepVerdict.Passed
        : StepVerdict.Failed;

    public override string ToString() =>
        $"{Succeeded} of {Hosts} {(Hosts == 1 ? "host" : "hosts")}{(Failed > 0 ? $", {Failed} failed" : "")}";
}

/// <summary>What a tally means.</summary>
internal enum StepVerdict
{
    Open,
    Passed,
    Failed,
}
