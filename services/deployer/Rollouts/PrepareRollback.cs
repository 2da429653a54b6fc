using Canary.Contracts;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace Canary.Deployer.Rollouts;

/// <summary>Finds the hosts that have, or may have, the version: they go back in one step.</summary>
internal sealed class PrepareRollback(DeployerStore store) : RolloutActivity
{
    protected override async Task RunAsync(BehaviorContext<RolloutState> context)
    {
        var rollout = context.Saga;
        var rows = await store
            .Hosts.Where(row => row.RolloutId == rollout.CorrelationId)
            .ToListAsync(context.CancellationToken);
        foreach (var row in rows.Where(row => MayHave(row, rollout.Package.Version)))
        {
            row.Step = Steps.Rollback;
            row.State = StageState.Pending;
            row.Failure = null;
        }

        rollout.Step = Steps.Rollback;
        rollout.ReportedResults = 0;
        rollout.Verdict = rows.Any(row => row.Step == Steps.Rollback) ? StepVerdict.Open : StepVerdict.Passed;
    }

    // One at work may be about to touch its host; one whose earlier version was the same has nowhere to go back to.
    private static bool MayHave(RolloutHost row, string version) =>
        (row.IsTouched || row.State == StageState.Running || row.Version == version)
        && !(row.IsPreviousKnown && row.PreviousVersion == version);
}
