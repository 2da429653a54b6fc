using Canary.Contracts;
using MassTransit;

namespace Canary.Deployer.Rollouts;

/// <summary>Finds the hosts that have, or may have, the version, and what each of them had before: they are rolled back in one
/// step.</summary>
internal sealed class PrepareRollback(DeployerStore store) : IRolloutWork
{
    public async Task RunAsync(BehaviorContext<RolloutState> context)
    {
        var rollout = context.Saga;
        var lane = await store.Lanes.FindAsync([rollout.Application], context.CancellationToken);
        var rows = await store.HostsOfAsync(rollout.CorrelationId, context.CancellationToken);
        foreach (var row in rows)
        {
            if (MayHave(row, rollout.Package.Version))
            {
                // One that was never asked what it has gets what the fleet was brought to.
                row.RollBackTo(row.IsPreviousKnown ? row.Previous : lane?.Completed);
            }
            else if (row.State == StageState.Running)
            {
                // It has nowhere to go back to; nobody asks it any more, and nobody waits for it.
                row.State = StageState.Skipped;
            }
        }

        rollout.Step = Steps.Rollback;
        rollout.ReportedResults = 0;
    }

    // One at work may be about to touch its host; one whose earlier version was the same has nowhere to go back to.
    private static bool MayHave(RolloutHost row, string version) =>
        (row.IsTouched || row.State == StageState.Running || row.Version == version)
        && !(row.IsPreviousKnown && row.PreviousVersion == version);
}
