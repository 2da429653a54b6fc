using Canary.Contracts.Alarms;
using MassTransit;

namespace Canary.Ingress.Alarms;

/// <summary>Notes that the deployer knows of a test alarm.</summary>
internal sealed class AcknowledgeAlarmTestConsumer(IngressStore store) : IConsumer<AcknowledgeAlarmTest>
{
    public async Task Consume(ConsumeContext<AcknowledgeAlarmTest> context)
    {
        if (await store.AlarmDrills.FindAsync([context.Message.TestId], context.CancellationToken) is { } drill)
        {
            drill.ReportAt = null;
        }
    }
}
