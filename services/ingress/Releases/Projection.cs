using Canary.Contracts;
using Canary.Contracts.Deploying;
using Canary.Contracts.Releases;
using Canary.Durability.Messaging;
using Canary.Ingress.Fleet;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace Canary.Ingress.Releases;

/// <summary>
/// Keeps the newest snapshot of every release. Messages may be lost, repeated or late: a snapshot is whole, and an older one
/// changes nothing.
/// </summary>
internal sealed class ReleaseProjection(IngressStore store, TimeProvider time) : IConsumer<ReleaseChanged>
{
    public async Task Consume(ConsumeContext<ReleaseChanged> context)
    {
        var message = context.Message;
        var now = time.GetUtcNow();
        var row = await store.Releases.FindAsync([message.ReleaseId], context.CancellationToken);
        if (row is null)
        {
            row = ReleaseRow.For(message.Push, run: 1, now);
            store.Releases.Add(row);
        }

        row.Apply(message, now);
        if (ReleaseStates.IsFinal(message.State))
        {
            await context.SendCommand(
                new AcknowledgeRelease { ReleaseId = message.ReleaseId, Revision = message.Revision }
            );
        }
    }
}

/// <summary>Keeps the newest snapshot of every rollout, and what each host runs by it.</summary>
internal sealed class RolloutProjection(IngressStore store, TimeProvider time) : IConsumer<RolloutChanged>
{
    public async Task Consume(ConsumeContext<RolloutChanged> context)
    {
        var message = context.Message;
        var row = await store.Rollouts.FindAsync([message.RolloutId], context.CancellationToken);
        if (row is null)
        {
            row = RolloutRow.For(message);
            store.Rollouts.Add(row);
        }
        else if (!row.Apply(message))
        {
            return;
        }

        var release = await store.Releases.FindAsync([message.ReleaseId], context.CancellationToken);
        release?.ChangedAt = time.GetUtcNow();

        if (row.StartedAt is { } startedAt)
        {
            await RecordVersionsAsync(message, startedAt, context.CancellationToken);
        }
    }

    private async Task RecordVersionsAsync(
        RolloutChanged message,
        DateTimeOffset startedAt,
        CancellationToken cancellationToken
    )
    {
        var known = await store
            .HostVersions.Where(x => x.Application == message.Application)
            .ToDictionaryAsync(x => x.Host, cancellationToken);
        var seen = message
            .Hosts.Where(host => host.State is not (StageState.Pending or StageState.Skipped))
            .DistinctBy(host => host.Name);
        foreach (var host in seen)
        {
            if (!known.TryGetValue(host.Name, out var version))
            {
                store.HostVersions.Add(
                    new HostVersionRow
                    {
                        Host = host.Name,
                        Application = message.Application,
                        Version = host.Version,
                        RolloutStartedAt = startedAt,
                        RolloutRevision = message.Revision,
                    }
                );
            }
            else if (version.IsOlderThan(startedAt, message.Revision))
            {
                // A host at work reports nothing until it is done: what it ran before is the better answer until then.
                version.Version = host.State == StageState.Running ? host.Version ?? version.Version : host.Version;
                version.RolloutStartedAt = startedAt;
                version.RolloutRevision = message.Revision;
            }
        }
    }
}
