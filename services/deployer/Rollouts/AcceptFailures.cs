using Canary.Contracts;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace Canary.Deployer.Rollouts;

/// <summary>Leaves the hosts out that failed the step: a person goes on without them.</summary>
internal sealed class AcceptFailures(DeployerStore store) : IRolloutWork
{
    public async Task RunAsync(BehaviorContext<RolloutState> context)
    {
        var rollout = context.Saga;
        var failed = await store
            .Hosts.Where(row =>
                row.RolloutId == rollout.CorrelationId && row.Step == rollout.Step && row.State == StageState.Failed
            )
            .ToListAsync(context.CancellationToken);
        failed.ForEach(row => row.State = StageState.Skipped);
    }
}
