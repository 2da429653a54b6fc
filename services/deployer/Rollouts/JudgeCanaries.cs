using Canary.Contracts;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace Canary.Deployer.Rollouts;

/// <summary>Says whether the canaries are healthy: all of them, in the round of checks at work.</summary>
internal sealed class JudgeCanaries(DeployerStore store) : IRolloutWork
{
    public async Task RunAsync(BehaviorContext<RolloutState> context)
    {
        var rollout = context.Saga;
        var rows = await store
            .Hosts.Where(row => row.RolloutId == rollout.CorrelationId && row.Step == Steps.Canary)
            .ToListAsync(context.CancellationToken);
        var verdict = StepTally.Of(rows).JudgeCanaries(HostShare.Parse(rollout.Plan.FailureBudget));
        var isOpen = rows.Any(row => row.State == StageState.Succeeded && row.CheckedRound < rollout.CheckRound);
        rollout.Verdict = verdict == StepVerdict.Passed && isOpen ? StepVerdict.Open : verdict;
    }
}
