using Canary.Contracts.Deploying;
using MassTransit;

namespace Canary.Ingress.Fleet;

/// <summary>Keeps the newest observation of the fleet.</summary>
internal sealed class FleetProjection(IngressStore store) : IConsumer<FleetObserved>
{
    public async Task Consume(ConsumeContext<FleetObserved> context)
    {
        var message = context.Message;
        var row = await store.Fleet.FindAsync([FleetRow.OnlyId], context.CancellationToken);
        if (row is null)
        {
            store.Fleet.Add(
                new FleetRow
                {
                    Revision = message.Revision,
                    ObservedAt = message.ObservedAt,
                    Hosts = message.Hosts,
                    DeployerKey = message.DeployerKey,
                }
            );
        }
        else if (message.Revision > row.Revision)
        {
            row.Revision = message.Revision;
            row.ObservedAt = message.ObservedAt;
            row.Hosts = message.Hosts;
            row.DeployerKey = message.DeployerKey ?? row.DeployerKey;
        }
    }
}
