using Canary.Contracts.Alarms;
using Canary.Contracts.Deploying;
using Canary.Deployer.Convergence;
using Canary.Deployer.Rollouts;
using Canary.Durability.Messaging;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace Canary.Deployer.Alarms;

/// <summary>Records how an alarm stands, and has the rollouts of its application look at it. They judge by what is recorded, so that
/// a message that is lost on the way to them costs time and nothing else.</summary>
internal sealed class ReportAlarmConsumer(DeployerStore store) : IConsumer<ReportAlarm>
{
    public async Task Consume(ConsumeContext<ReportAlarm> context)
    {
        var (report, cancellation) = (context.Message, context.CancellationToken);
        if (await RecordAsync(report, cancellation))
        {
            await TellRolloutsAsync(context);
        }

        await context.SendCommand(new AcknowledgeAlarm { AlarmId = report.AlarmId, Revision = report.Revision });
    }

    /// <returns>Whether it has begun to fire.</returns>
    private async Task<bool> RecordAsync(ReportAlarm report, CancellationToken cancellation)
    {
        var alarm = await store.Alarms.FindAsync([report.AlarmId], cancellation);
        if (alarm is null)
        {
            alarm = new Alarm
            {
                Id = report.AlarmId,
                Application = report.Application,
                Source = report.Source,
                Summary = report.Summary,
            };
            store.Alarms.Add(alarm);
        }

        if (report.Revision <= alarm.Revision || !alarm.Apply(report))
        {
            return false;
        }

        alarm.Place = await store.NextRevisionAsync(Observation.Alarms, cancellation);
        return true;
    }

    private async Task TellRolloutsAsync(ConsumeContext<ReportAlarm> context)
    {
        var rollouts = await store
            .Rollouts.Where(rollout =>
                rollout.Application == context.Message.Application
                && rollout.AlarmsBefore != null
                && (!RolloutStates.Final.Contains(rollout.CurrentState) || rollout.WatchUntil != null)
            )
            .Select(rollout => rollout.CorrelationId)
            .ToListAsync(context.CancellationToken);
        foreach (var rollout in rollouts)
        {
            await context.SendCommand(new LookAtAlarms { RolloutId = rollout });
        }
    }
}
