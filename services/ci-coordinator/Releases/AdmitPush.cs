using Canary.Contracts.Releases;
using Canary.Durability.Messaging;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace Canary.CiCoordinator.Releases;

/// <summary>Lets a push in: once, and in its place among the application's other pushes.</summary>
internal sealed class AdmitPush(ReleaseStore store) : IConsumer<PushReceived>
{
    public async Task Consume(ConsumeContext<PushReceived> context) =>
        await context.SendCommand(await AdmitAsync(context.Message, context.CancellationToken));

    private async Task<StartRelease> AdmitAsync(PushReceived push, CancellationToken cancellation)
    {
        // A branch that does not deploy competes with nobody; a push that was admitted long ago keeps its place.
        if (!push.Deploys || await store.Releases.AnyAsync(x => x.CorrelationId == push.ReleaseId, cancellation))
        {
            return Lane.Start(push);
        }
        var lane = await store.Lanes.FindAsync([push.Application], cancellation);
        if (lane is not null)
        {
            return lane.Admit(push);
        }
        store.Lanes.Add(Lane.StartWith(push));
        return Lane.Start(push);
    }
}
