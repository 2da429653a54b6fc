using Canary.Contracts;
using Canary.Contracts.Alarms;
using Canary.Contracts.Deploying;
using Canary.Deployer.Convergence;
using Canary.Deployer.Rollouts;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace Canary.Deployer.Alarms;

/// <summary>
/// Says what the alarms mean for a rollout that have begun to fire since its first host got the version, or since their own host did. What
/// fired before does not count; one that is over by now does: it is known to have fired with this version.
/// </summary>
internal sealed class JudgeAlarms(DeployerStore store) : IRolloutWork
{
    private const int MostWarnings = 20;

    /// <summary>The last place that was given to an alarm that began to fire.</summary>
    public static async Task<long> LastPlaceAsync(DeployerStore store, CancellationToken cancellation) =>
        await store
            .Observations.Where(it => it.Application == Observation.Alarms)
            .Select(it => (long?)it.Revision)
            .FirstOrDefaultAsync(cancellation)
        ?? 0;

    public async Task RunAsync(BehaviorContext<RolloutState> context)
    {
        var rollout = context.Saga;
        (rollout.AlarmVerdict, rollout.HasNews) = (null, false);
        if (rollout.AlarmsBefore is not { } before || await IsOvertakenAsync(rollout, context.CancellationToken))
        {
            return;
        }

        var alarms = await store
            .Alarms.Where(alarm => alarm.Application == rollout.Application && alarm.Place > before)
            .OrderBy(alarm => alarm.Place)
            .AsNoTracking()
            .ToListAsync(context.CancellationToken);
        if (alarms.Count > 0)
        {
            await JudgeAsync(rollout, alarms, context.CancellationToken);
        }
    }

    private async Task JudgeAsync(RolloutState rollout, List<Alarm> alarms, CancellationToken cancellation)
    {
        var hosts = (await store.HostsOfAsync(rollout.CorrelationId, cancellation)).ToDictionary(row => row.Host);
        var counting = alarms.Where(Counts).ToList();
        var known = rollout.Warnings.Count;
        rollout.Warnings =
        [
            .. rollout
                .Warnings.Union(counting.Select(alarm => $"alarm: {alarm.Words}"), StringComparer.Ordinal)
                .Take(Math.Max(known, MostWarnings)),
        ];
        rollout.HasNews = rollout.Warnings.Count > known;
        var critical = counting.Where(alarm => alarm.Severity == AlarmSeverity.Critical).ToList();
        if (critical.Count == 0)
        {
            return;
        }

        rollout.AlarmVerdict = rollout.Plan.OnAlarm;
        switch (rollout.Plan.OnAlarm)
        {
            case AlarmPolicy.RollBack:
                rollout.Failure = FailureOf(rollout, critical);
                break;

            case AlarmPolicy.Pause:
                rollout.Pause ??= $"alarm: {critical[0].Words}";
                break;
        }

        // Of a host that is not in the rollout nobody knows whether it has to do with it.
        bool Counts(Alarm alarm) =>
            alarm.Host is null || !hosts.TryGetValue(alarm.Host, out var host) || alarm.Place > host.AlarmsBefore;
    }

    /// <summary>What fires once a newer version has reached a host says nothing of this one any more.</summary>
    private Task<bool> IsOvertakenAsync(RolloutState rollout, CancellationToken cancellation) =>
        store.Rollouts.AnyAsync(
            other => other.Application == rollout.Application && other.Number > rollout.Number && other.HostsReached,
            cancellation
        );

    private static Failure FailureOf(RolloutState rollout, List<Alarm> critical) =>
        new()
        {
            Code = DeployerCodes.AlarmFired,
            Message =
                $"{(critical.Count == 1 ? "An alarm" : $"{critical.Count} alarms")} fired with {rollout.Package.Name} "
                + $"{rollout.Package.Version}: {string.Join("; ", critical.Take(3).Select(alarm => alarm.Words))}",
            Remedy =
                "Look at what the alarm says, correct the application and push; if the alarm is wrong, correct its rule and "
                + "release the commit again.",
        };
}
