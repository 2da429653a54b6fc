using Canary.Contracts;
using Canary.Contracts.Deploying;
using Canary.Deployer.Alarms;
using Canary.Durability.Messaging;
using MassTransit;

namespace Canary.Deployer.Rollouts;

/// <summary>Tells the hosts of the step at work what to do: all at once, or as many as the plan lets be out of service.</summary>
internal sealed class DispatchStep(DeployerStore store) : IRolloutWork
{
    public async Task RunAsync(BehaviorContext<RolloutState> context)
    {
        var rollout = context.Saga;
        var alarms = await JudgeAlarms.LastPlaceAsync(store, context.CancellationToken);
        rollout.AlarmsBefore ??= alarms;
        var rows = await store.HostsOfAsync(rollout.CorrelationId, context.CancellationToken);
        foreach (var row in rows.Where(row => row.Step == rollout.Step && row.State == StageState.Running))
        {
            await SendAsync(context, row, alarms);
        }

        await BeginAsync(context, rows, alarms);
        rollout.HostsReached = true;
    }

    /// <summary>Tells those whose turn it is, now that something has happened to others.</summary>
    public async Task GoOnAsync(BehaviorContext<RolloutState> context) =>
        await BeginAsync(
            context,
            await store.HostsOfAsync(context.Saga.CorrelationId, context.CancellationToken),
            await JudgeAlarms.LastPlaceAsync(store, context.CancellationToken)
        );

    private async Task BeginAsync(BehaviorContext<RolloutState> context, List<RolloutHost> rows, long alarms)
    {
        var (rollout, places) = (context.Saga, new Places(context.Saga.Plan, rows));
        rollout.HasToldMore = false;
        foreach (var row in rows.Where(row => row.Step == rollout.Step && row.State == StageState.Pending))
        {
            if (places.TryTake(row))
            {
                await SendAsync(context, row, alarms);
                rollout.HasToldMore = true;
            }
            else if (places.IsBlocked(row))
            {
                row.Fail(HostFailures.LastOfItsPlace(row, rollout.Plan.Spread!), row.Version);
                rollout.HasToldMore = true;
                await context.Publish(
                    new HostUpdateFailed
                    {
                        RolloutId = rollout.CorrelationId,
                        Application = rollout.Application,
                        Step = row.Step,
                        Host = row.Host,
                        Version = row.Version,
                        Failure = row.Failure!,
                    },
                    context.CancellationToken
                );
            }
        }
    }

    private async Task SendAsync(BehaviorContext<RolloutState> context, RolloutHost row, long alarms)
    {
        var lane = await store.Lanes.FindAsync([context.Saga.Application], context.CancellationToken);
        row.State = StageState.Running;
        row.Failure = null;
        row.IsUnreachable = false;
        row.Attempts++;
        row.AlarmsBefore ??= alarms;
        await context.SendCommand(
            row.Step == Steps.Rollback ? BackwardFor(row, context.Saga, lane) : ForwardFor(row, context.Saga)
        );
    }

    private static UpdateHost ForwardFor(RolloutHost row, RolloutState rollout) =>
        new()
        {
            RolloutId = rollout.CorrelationId,
            Step = row.Step,
            Host = row.Host,
            Application = rollout.Application,
            Package = rollout.Package.Name,
            Version = rollout.Package.Version,
            Removes = row.PreviousPackage is { } former && former != rollout.Package.Name ? [former] : [],
            Health = rollout.Plan.Health,
            Smoke = row.Step == Steps.Canary ? rollout.Plan.Smoke : null,
            Attempt = row.Attempts,
        };

    private static UpdateHost BackwardFor(RolloutHost row, RolloutState rollout, RolloutLane? lane) =>
        new()
        {
            RolloutId = rollout.CorrelationId,
            Step = row.Step,
            Host = row.Host,
            Application = rollout.Application,
            Package = row.Target?.Package ?? rollout.Package.Name,
            Version = row.Target?.Version,
            Removes = row.Target is { } target && target.Package != rollout.Package.Name ? [rollout.Package.Name] : [],
            // The version before has its own check; the new one's may not even exist there.
            Health = row.Target is not null && row.Target == lane?.Completed ? lane.Health : null,
            Attempt = row.Attempts,
        };
}
