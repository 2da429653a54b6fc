using Canary.Deployer.Rollouts;
using MassTransit;

namespace Canary.Deployer.Hooks;

/// <summary>Says that nothing more is heard of the script, so that nobody knows whether it has run.</summary>
internal sealed class LoseHook(DeployerStore store) : IRolloutWork
{
    public async Task RunAsync(BehaviorContext<RolloutState> context)
    {
        var rollout = context.Saga;
        var run = await store.HookRuns.FindAsync([rollout.CorrelationId], context.CancellationToken);
        rollout.Failure = HookFailures.Silent(rollout, run?.Host);
    }
}
