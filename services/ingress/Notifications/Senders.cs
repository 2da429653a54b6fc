using Canary.Durability.Locks;
using Canary.Durability.Storage;
using Canary.Hosting;
using Microsoft.Extensions.Options;

namespace Canary.Ingress.Notifications;

/// <summary>Tells every channel of releases, each by itself.</summary>
internal sealed class Senders(
    Channels channels,
    IServiceScopeFactory scopes,
    IDistributedLocks<IngressStore> locks,
    StoreReadiness<IngressStore> readiness,
    IOptions<HostingOptions> hosting,
    IOptions<NotificationOptions> options,
    TimeProvider time,
    ILogger<Senders> logger
) : BackgroundService
{
    private readonly Dictionary<string, ChannelSender> _senders = channels.All.ToDictionary(
        channel => channel.Name,
        channel => new ChannelSender(channel, scopes, locks, hosting, options, time, logger)
    );

    /// <summary>Delivers a test by the way that all messages of a channel take.</summary>
    /// <exception cref="DeliveryException">It was not delivered.</exception>
    public Task TestAsync(Channel channel, CancellationToken cancellation) =>
        _senders[channel.Name].SendAsync(News.Test(channel.Name, time.GetUtcNow()), told: null, cancellation);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await readiness.WhenReadyAsync(stoppingToken);
        await Task.WhenAll(_senders.Values.Select(sender => sender.RunAsync(stoppingToken)));
    }
}
