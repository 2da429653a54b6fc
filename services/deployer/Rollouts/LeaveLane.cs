using Canary.Contracts.Deploying;
using Canary.Durability.Messaging;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace Canary.Deployer.Rollouts;

/// <summary>Hands the application's lane over to the newest rollout that waits; the older ones are not needed any
/// more.</summary>
internal sealed class LeaveLane(DeployerStore store) : IRolloutWork
{
    public async Task RunAsync(BehaviorContext<RolloutState> context)
    {
        var rollout = context.Saga;
        var lane = await store.Lanes.FindAsync([rollout.Application], context.CancellationToken);
        if (lane is null || lane.Active != rollout.CorrelationId)
        {
            return;
        }

        if (rollout.CurrentState == RolloutStates.Completed)
        {
            lane.Complete(rollout.Package, rollout.Plan);
        }

        var queued = await store
            .Rollouts.AsNoTracking()
            .Where(other => other.Application == rollout.Application && other.CurrentState == RolloutStates.Queued)
            .OrderByDescending(other => other.Number)
            .Select(other => other.CorrelationId)
            .ToListAsync(context.CancellationToken);
        lane.Active = queued.Count > 0 ? queued[0] : null;
        lane.Revision++;
        foreach (var (id, index) in queued.Select((id, index) => (id, index)))
        {
            if (index == 0)
            {
                await context.SendCommand(new TakeTurn { RolloutId = id });
            }
            else
            {
                await context.SendCommand(new SupersedeRollout { RolloutId = id });
            }
        }
    }
}
