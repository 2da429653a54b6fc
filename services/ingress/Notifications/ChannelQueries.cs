using Microsoft.EntityFrameworkCore;

namespace Canary.Ingress.Notifications;

/// <summary>How the channels of the configuration fare.</summary>
internal sealed class ChannelQueries(IngressStore store, Channels channels)
{
    public async Task<IReadOnlyList<ChannelView>> ListAsync(CancellationToken cancellation)
    {
        if (channels.All.Count == 0)
        {
            return [];
        }

        var rows = await store.NotificationChannels.AsNoTracking().ToDictionaryAsync(row => row.Name, cancellation);
        var waiting = await store
            .Notifications.Where(row => row.WaitingSince != null)
            .GroupBy(row => row.Channel)
            .Select(group => new { group.Key, Count = group.Count() })
            .ToDictionaryAsync(it => it.Key, it => it.Count, cancellation);
        return
        [
            .. channels.All.Select(channel =>
                ViewOf(channel, rows.GetValueOrDefault(channel.Name), waiting.GetValueOrDefault(channel.Name))
            ),
        ];
    }

    private static ChannelView ViewOf(Channel channel, ChannelRow? row, int waiting) =>
        new()
        {
            Name = channel.Name,
            Kind = channel.Kind,
            Applications = channel.Applications,
            Events = channel.Events,
            Waiting = waiting,
            GivenUp = row?.GivenUp ?? 0,
            DeliveredAt = row?.DeliveredAt,
            FailedAt = row?.FailedAt,
            Error = channel.Fault ?? row?.Error,
            Remedy = channel.Fault is null ? row?.Remedy : "Check the file, its owner and mode.",
        };
}
