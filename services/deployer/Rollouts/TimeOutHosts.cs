using Canary.Contracts;
using MassTransit;

namespace Canary.Deployer.Rollouts;

/// <summary>Counts hosts of the step at work that were told what to do and never answered as failed.</summary>
internal sealed class TimeOutHosts(DeployerStore store) : IRolloutWork
{
    public async Task RunAsync(BehaviorContext<RolloutState> context)
    {
        var rollout = context.Saga;
        var rows = await store.HostsOfAsync(rollout.CorrelationId, context.CancellationToken);
        foreach (var row in rows.Where(row => row.Step == rollout.Step && row.State == StageState.Running))
        {
            row.Fail(HostFailures.NeverAnswered(row.Host), row.Version);
        }
    }
}
