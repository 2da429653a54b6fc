using Canary.Contracts;
using Canary.Durability.Messaging;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace Canary.Deployer.Rollouts;

/// <summary>Asks for a health check of every canary that has not answered in this round.</summary>
internal sealed class CheckCanaries(DeployerStore store) : IRolloutWork
{
    public async Task RunAsync(BehaviorContext<RolloutState> context)
    {
        var rollout = context.Saga;
        var hosts = await store
            .Hosts.Where(row =>
                row.RolloutId == rollout.CorrelationId
                && row.Step == Steps.Canary
                && row.State == StageState.Succeeded
                && row.CheckedRound < rollout.CheckRound
            )
            .Select(row => row.Host)
            .ToListAsync(context.CancellationToken);
        foreach (var host in hosts)
        {
            await context.SendCommand(
                new CheckHost
                {
                    RolloutId = rollout.CorrelationId,
                    Host = host,
                    Application = rollout.Application,
                    Package = rollout.Package.Name,
                    Version = rollout.Package.Version,
                    Health = rollout.Plan.Health,
                    Round = rollout.CheckRound,
                }
            );
        }
    }
}
