using Canary.Contracts.Deploying;
using MassTransit;

namespace Canary.Deployer.Rollouts;

/// <summary>Takes the application's lane if it is free, or was handed over to this rollout. Two that try at once
/// conflict on the lane's row, and one of them starts over.</summary>
internal sealed class EnterLane(DeployerStore store) : IRolloutWork
{
    public async Task RunAsync(BehaviorContext<RolloutState> context)
    {
        var rollout = context.Saga;
        var lane = await store.Lanes.FindAsync([rollout.Application], context.CancellationToken);
        if (lane is null)
        {
            lane = new RolloutLane { Application = rollout.Application };
            store.Lanes.Add(lane);
        }

        rollout.WaitingFor = null;
        if (rollout.Number < lane.NewestNumber && lane.Active != rollout.CorrelationId)
        {
            rollout.HasTurn = Turn.Missed;
        }
        else if (await IsTakenByAnotherAsync(lane, rollout, context.CancellationToken))
        {
            rollout.HasTurn = Turn.Waits;
            rollout.WaitingFor = Excuses.Lane(lane.Active!.Value);
        }
        else
        {
            rollout.HasTurn = Turn.Has;
            lane.Active = rollout.CorrelationId;
            lane.NewestNumber = rollout.Number;
            lane.Revision++;
        }
    }

    private async Task<bool> IsTakenByAnotherAsync(
        RolloutLane lane,
        RolloutState rollout,
        CancellationToken cancellation
    )
    {
        if (lane.Active is null || lane.Active == rollout.CorrelationId)
        {
            return false;
        }

        var active = await store.Rollouts.FindAsync([lane.Active], cancellation);
        return active is not null && !RolloutStates.IsFinal(active.CurrentState);
    }
}
