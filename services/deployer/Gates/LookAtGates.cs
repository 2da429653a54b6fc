using Canary.Deployer.Rollouts;
using MassTransit;

namespace Canary.Deployer.Gates;

/// <summary>Notes in the rollout whether a window or a freeze holds it, and what would let it go.</summary>
internal sealed class LookAtGates(Gatekeeper gatekeeper) : IRolloutWork
{
    public async Task RunAsync(BehaviorContext<RolloutState> context)
    {
        var rollout = context.Saga;
        var hold = await gatekeeper.LookAsync(rollout, context.CancellationToken);
        var excuse = hold is null ? null : Excuses.Gate(rollout, hold);
        rollout.HasNews = excuse != rollout.WaitingFor;
        rollout.IsHeld = hold is not null;
        rollout.WaitingFor = excuse;
    }
}
