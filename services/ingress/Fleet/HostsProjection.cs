using Canary.Contracts.Deploying;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace Canary.Ingress.Fleet;

/// <summary>The newest <see cref="HostsObserved"/> of an application.</summary>
internal sealed class ObservationRow
{
    public required string Application { get; init; }

    public long Revision { get; set; }

    public IReadOnlyList<ObservedHost> Hosts { get; set; } = [];
}

/// <summary>Keeps what the hosts of every application run outside of rollouts.</summary>
internal sealed class HostsProjection(IngressStore store) : IConsumer<HostsObserved>
{
    public async Task Consume(ConsumeContext<HostsObserved> context)
    {
        var message = context.Message;
        var row = await store.Observations.FindAsync([message.Application], context.CancellationToken);
        if (row is null)
        {
            row = new ObservationRow { Application = message.Application };
            store.Observations.Add(row);
        }

        if (message.Revision <= row.Revision)
        {
            return;
        }

        row.Revision = message.Revision;
        row.Hosts = message.Hosts;
        await RecordAsync(message, context.CancellationToken);
    }

    /// <summary>What dpkg said after the last rollout is newer than what that rollout heard of it.</summary>
    private async Task RecordAsync(HostsObserved message, CancellationToken cancellation)
    {
        var known = await store
            .HostVersions.Where(version => version.Application == message.Application)
            .ToDictionaryAsync(version => version.Host, StringComparer.Ordinal, cancellation);
        foreach (var host in message.Hosts.Where(host => host.LastContactAt is not null))
        {
            if (!known.TryGetValue(host.Name, out var version))
            {
                store.HostVersions.Add(
                    new HostVersionRow
                    {
                        Host = host.Name,
                        Application = message.Application,
                        Version = host.Running,
                        RolloutNumber = message.Number,
                        RolloutRevision = 0,
                    }
                );
            }
            else if (version.RolloutNumber <= message.Number)
            {
                version.Version = host.Running;
            }
        }
    }
}
