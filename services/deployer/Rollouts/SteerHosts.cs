using Canary.Contracts;
using Canary.Contracts.Deploying;
using MassTransit;

namespace Canary.Deployer.Rollouts;

/// <summary>Does with one host what a person has decided.</summary>
internal sealed class SteerHosts(DeployerStore store, DispatchStep dispatch)
{
    public async Task RunAsync(BehaviorContext<RolloutState, SteerHost> context)
    {
        var (rollout, decision) = (context.Saga, context.Message);
        var row = await store.Hosts.FindAsync([rollout.CorrelationId, decision.Host], context.CancellationToken);
        switch (decision.Steering)
        {
            case HostSteering.Skip when row is { State: not StageState.Succeeded }:
                row.State = StageState.Skipped;
                break;
            case HostSteering.Retry when row is { State: StageState.Failed or StageState.Skipped }:
                row.State = StageState.Pending;
                row.Failure = null;
                if (row.Step == rollout.Step && rollout.CurrentState != RolloutStates.Paused)
                {
                    await dispatch.GoOnAsync(context);
                }

                break;
            default:
                break;
        }
    }
}
