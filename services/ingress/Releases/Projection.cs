using Canary.Contracts;
using Canary.Contracts.Deploying;
using Canary.Contracts.Releases;
using Canary.Durability.Messaging;
using Canary.Ingress.Alarms;
using Canary.Ingress.Fleet;
using Canary.Ingress.Notifications;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace Canary.Ingress.Releases;

/// <summary>
/// Keeps the newest snapshot of every release. Messages may be lost, repeated or late: a snapshot is whole, and an older one
/// changes nothing.
/// </summary>
internal sealed class ReleaseProjection(
    IngressStore store,
    HostVersions versions,
    LateRollbacks lateRollbacks,
    NotificationRequests notifications,
    TimeProvider time
) : IConsumer<ReleaseChanged>
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

        var hadEnded = ReleaseStates.IsFinal(row.State);
        if (row.Apply(message, now))
        {
            await notifications.AddAsync(row.Id, row.Application, context.CancellationToken);
        }

        if (
            message.Number > 0
            && await store.Rollouts.FindAsync([row.Id], context.CancellationToken) is { Number: 0 } rollout
        )
        {
            // The rollout was known before its place.
            rollout.Number = message.Number;
            await versions.RecordAsync(rollout, context.CancellationToken);
        }

        if (!hadEnded && ReleaseStates.IsFinal(row.State))
        {
            IngressMeters.Releases.Count(message.Push.Application, row.State);
        }

        if (message.State == ReleaseStates.Completed)
        {
            await lateRollbacks.MakeUpForAsync(row, context.CancellationToken);
        }

        if (ReleaseStates.IsFinal(message.State))
        {
            await context.SendCommand(
                new AcknowledgeRelease { ReleaseId = message.ReleaseId, Revision = message.Revision }
            );
        }
    }
}

/// <summary>Keeps the newest snapshot of every rollout, and what each host runs by it.</summary>
internal sealed class RolloutProjection(
    IngressStore store,
    HostVersions versions,
    Regrets regrets,
    NotificationRequests notifications,
    TimeProvider time
) : IConsumer<RolloutChanged>
{
    public async Task Consume(ConsumeContext<RolloutChanged> context)
    {
        var message = context.Message;
        await RecordAsync(message, context.CancellationToken);
        if (
            RolloutStates.IsFinal(message.State)
            && (message.Regret is null || await regrets.IsUndoneAsync(message, context.CancellationToken))
        )
        {
            await context.SendCommand(
                new AcknowledgeRollout { RolloutId = message.RolloutId, Revision = message.Revision }
            );
        }
    }

    private async Task RecordAsync(RolloutChanged message, CancellationToken cancellationToken)
    {
        var row = await store.Rollouts.FindAsync([message.RolloutId], cancellationToken);
        var hadEnded = row is not null && RolloutStates.IsFinal(row.State);
        if (row is null)
        {
            row = RolloutRow.For(message);
            store.Rollouts.Add(row);
        }
        else if (!row.Apply(message))
        {
            return;
        }

        if (!hadEnded && RolloutStates.IsFinal(row.State))
        {
            IngressMeters.Rollouts.Count(message.Application, row.State);
        }

        var release = await store.Releases.FindAsync([message.ReleaseId], cancellationToken);
        release?.ChangedAt = time.GetUtcNow();
        row.Number = release?.Number ?? 0;
        await notifications.AddAsync(message.ReleaseId, message.Application, cancellationToken);
        await versions.RecordAsync(row, cancellationToken);
    }
}

/// <summary>Keeps what each host runs, as the newest rollout that reached it saw it.</summary>
internal sealed class HostVersions(IngressStore store)
{
    public async Task RecordAsync(RolloutRow rollout, CancellationToken cancellationToken)
    {
        var (message, number) = (rollout.Snapshot, rollout.Number);
        if (rollout.StartedAt is null || number == 0)
        {
            return;
        }

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
                        RolloutNumber = number,
                        RolloutRevision = message.Revision,
                    }
                );
            }
            else if (version.IsOlderThan(number, message.Revision))
            {
                // A host at work reports nothing until it is done: what it ran before is the better answer until then.
                version.Version = host.State == StageState.Running ? host.Version ?? version.Version : host.Version;
                version.RolloutNumber = number;
                version.RolloutRevision = message.Revision;
            }
        }
    }
}
