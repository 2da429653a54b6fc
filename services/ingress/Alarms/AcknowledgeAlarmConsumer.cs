using Canary.Contracts.Alarms;
using MassTransit;

namespace Canary.Ingress.Alarms;

/// <summary>Notes that the deployer knows of an alarm.</summary>
internal sealed class AcknowledgeAlarmConsumer(IngressStore store) : IConsumer<AcknowledgeAlarm>
{
    public async Task Consume(ConsumeContext<AcknowledgeAlarm> context)
    {
        var message = context.Message;
        if (
            await store.Alarms.FindAsync([message.AlarmId], context.CancellationToken) is { } row
            && message.Revision >= row.Revision
        )
        {
            row.ReportAt = null;
        }
    }
}
