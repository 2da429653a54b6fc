using Canary.Contracts.Deploying;
using Canary.Durability.Messaging;
using MassTransit;

namespace Canary.Deployer.Enrolment;

/// <summary>Records the keys that a host has enrolled with.</summary>
internal sealed class EnrolHostConsumer(DeployerStore store) : IConsumer<EnrolHost>
{
    public async Task Consume(ConsumeContext<EnrolHost> context)
    {
        var message = context.Message;
        var row = await store.EnrolledHosts.FindAsync([message.Host], context.CancellationToken);
        if (row is null)
        {
            row = new EnrolledHost { Host = message.Host };
            store.EnrolledHosts.Add(row);
        }

        if (message.Number > row.Number)
        {
            row.Number = message.Number;
            row.HostKeys = message.HostKeys;
        }

        await context.SendCommand(new AcknowledgeEnrolment { Number = message.Number });
    }
}
