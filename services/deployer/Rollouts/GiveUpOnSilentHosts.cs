using Canary.Contracts;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace Canary.Deployer.Rollouts;

/// <summary>Counts hosts of the step at work that never answered as failed.</summary>
internal sealed class GiveUpOnSilentHosts(DeployerStore store) : RolloutActivity
{
    protected override async Task RunAsync(BehaviorContext<RolloutState> context)
    {
        var rollout = context.Saga;
        var rows = await store
            .Hosts.Where(row => row.RolloutId == rollout.CorrelationId && row.Step == rollout.Step)
            .ToListAsync(context.CancellationToken);
        foreach (var row in rows.Where(row => row.State is StageState.Running or StageState.Pending))
        {
            row.Fail(HostFailures.NeverAnswered(row.Host), row.Version);
        }

        var tally = StepTally.Of(rows);
        rollout.Verdict = rollout.JudgementOf(tally);
        rollout.Describe(rollout.Step!, tally.ToString());
    }
}
