using Canary.Contracts;
using Canary.Contracts.Deploying;
using Canary.Durability.Messaging;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace Canary.Deployer.Rollouts;

/// <summary>Tells every host of the step at work that has not reported yet what to do.</summary>
internal sealed class DispatchStep(DeployerStore store) : RolloutActivity
{
    protected override async Task RunAsync(BehaviorContext<RolloutState> context)
    {
        var rollout = context.Saga;
        var rows = await store
            .Hosts.Where(row => row.RolloutId == rollout.CorrelationId)
            .ToListAsync(context.CancellationToken);
        var lane = await store.Lanes.FindAsync([rollout.Application], context.CancellationToken);
        foreach (var row in rows.Where(row => row.Step == rollout.Step && !IsFinished(row)))
        {
            row.State = StageState.Running;
            row.Failure = null;
            row.IsUnreachable = false;
            row.Attempts++;
            await context.SendCommand(CommandFor(row, rollout, lane));
        }

        rollout.HostsReached = true;
    }

    private static bool IsFinished(RolloutHost row) => row.State is StageState.Succeeded or StageState.Failed;

    private static UpdateHost CommandFor(RolloutHost row, RolloutState rollout, RolloutLane? lane)
    {
        var isBack = rollout.Step == Steps.Rollback;
        var version = isBack ? row.PreviousVersion : rollout.Package.Version;
        return new UpdateHost
        {
            RolloutId = rollout.CorrelationId,
            Step = row.Step,
            Host = row.Host,
            Application = rollout.Application,
            Package = rollout.Package.Name,
            Version = version,
            // The version before has its own check; the new one's may not even exist there.
            Health =
                !isBack ? rollout.Plan.Health
                : version is not null && version == lane?.CompletedVersion ? lane.Health
                : null,
            Attempt = row.Attempts,
        };
    }
}
