using Canary.Contracts.Deploying;
using Canary.Deployer.Rollouts;
using Canary.Durability.Messaging;
using Canary.Durability.Sagas;
using MassTransit;

namespace Canary.Deployer.Hooks;

/// <summary>Has the host asked that runs the rollout's script. It is chosen once: the first canary that could be reached, and where
/// there is none, the first host of production.</summary>
internal sealed class AskHook(DeployerStore store) : IRolloutWork
{
    public async Task RunAsync(BehaviorContext<RolloutState> context)
    {
        var rollout = context.Saga;
        var run = await store.HookRuns.FindAsync([rollout.CorrelationId], context.CancellationToken);
        if (run is null)
        {
            run = new HookRun
            {
                RolloutId = rollout.CorrelationId,
                Host = await HostForAsync(rollout, context.CancellationToken),
            };
            store.HookRuns.Add(run);
            HookClock.Start(rollout, context.StoreTime());
        }

        run.Visit++;
        rollout.Describe(Steps.PreDeploy, $"on {run.Host}");
        await context.SendCommand(new RunHook { RolloutId = rollout.CorrelationId, Visit = run.Visit });
    }

    /// <summary>The same after a visit, unless a later one is under way.</summary>
    public async Task AgainAsync(BehaviorContext<RolloutState, HookReported> context)
    {
        var run = await store.HookRuns.FindAsync([context.Saga.CorrelationId], context.CancellationToken);
        if (run?.Visit == context.Message.Visit)
        {
            await RunAsync(context);
        }
    }

    private async Task<string> HostForAsync(RolloutState rollout, CancellationToken cancellation) =>
        (await store.HostsOfAsync(rollout.CorrelationId, cancellation))
            .OrderBy(row => row.Channel == Channel.Canary ? 0 : 1)
            .ThenBy(row => row.IsPreviousKnown ? 0 : 1)
            .ThenBy(row => row.Step, StringComparer.Ordinal)
            .ThenBy(row => row.Host, StringComparer.Ordinal)
            .First()
            .Host;
}
