using Canary.Contracts.Deploying;
using MassTransit;

namespace Canary.Ingress.Enrolment;

/// <summary>Notes that the deployer knows the keys of a host.</summary>
internal sealed class AcknowledgeEnrolmentConsumer(IngressStore store) : IConsumer<AcknowledgeEnrolment>
{
    public async Task Consume(ConsumeContext<AcknowledgeEnrolment> context)
    {
        if (await store.Enrolments.FindAsync([context.Message.Number], context.CancellationToken) is { } row)
        {
            row.SendAt = null;
        }
    }
}
