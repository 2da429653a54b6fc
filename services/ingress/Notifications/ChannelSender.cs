using Canary.Durability.Locks;
using Canary.Hosting;
using Canary.Ingress.Releases;
using Canary.Ingress.Repositories;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Canary.Ingress.Notifications;

/// <summary>
/// Tells one channel what it is to be told, for as long as it takes. Each has one of its own, so that none waits for another; and of
/// several replicas one at a time tells it.
/// </summary>
internal sealed class ChannelSender(
    Channel channel,
    IServiceScopeFactory scopes,
    IDistributedLocks<IngressStore> locks,
    IOptions<HostingOptions> hosting,
    IOptions<NotificationOptions> options,
    TimeProvider time,
    ILogger logger
)
{
    private const int Batch = 50;

    /// <summary>What another replica has committed is found by looking.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(2);

    /// <summary>Changes come in bursts, one for each host: those of a moment are looked at together.</summary>
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(100);

    /// <summary>How long a delivery may go on when the host stops: one that is broken off may have arrived, and is repeated.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(3);

    private readonly Pauses _pauses = new(options.Value.RetryAfter, options.Value.RetryAtMost, time);

    private string? _logged;

    public async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await DeliverDueAsync(stopping);
            }
            catch (Exception exception) when (!stopping.IsCancellationRequested)
            {
                logger.LogWarning(
                    exception,
                    "The messages of the channel {Channel} could not be looked at; trying again",
                    channel.Name
                );
            }

            await channel.Signal.WaitAsync(_pauses.Shortest is { } pause && pause < Look ? pause : Look, stopping);
            await Task.Delay(Moment, time, stopping);
        }
    }

    /// <summary>Delivers one message, within the time that it may take.</summary>
    /// <exception cref="DeliveryException">It was not delivered.</exception>
    public async Task<string?> SendAsync(News news, string? told, CancellationToken stopping)
    {
        using var limit = new CancellationTokenSource(options.Value.Timeout, time);
        await using var registration = stopping.Register(() => limit.CancelAfter(Grace));
        try
        {
            // Not everything gives up when it is told to.
            return await channel.Notifier.SendAsync(news, told, limit.Token).WaitAsync(limit.Token);
        }
        catch (OperationCanceledException exception) when (!stopping.IsCancellationRequested)
        {
            throw new DeliveryException(
                $"It was not delivered within {options.Value.Timeout.TotalSeconds:0.#} s.",
                "See that the service can be reached from here; ingress.notifications.timeout gives it more time.",
                exception
            );
        }
        catch (Exception exception) when (exception is not (DeliveryException or OperationCanceledException))
        {
            // Nothing that a service or a library does holds a channel up.
            throw new DeliveryException(
                $"It was not delivered, for a reason that nobody expected ({exception.GetType().Name}).",
                "Look at the service's own log, and report it.",
                exception
            )
            {
                IsOfMessage = true,
            };
        }
    }

    private async Task DeliverDueAsync(CancellationToken stopping)
    {
        while (_pauses.OfChannel == TimeSpan.Zero && (await DueAsync(take: 1, stopping)).Count > 0)
        {
            await using var turn = await locks.AcquireAsync($"notifications/{channel.Name}", stopping);
            foreach (var row in await DueAsync(Batch, stopping))
            {
                await turn.ConfirmAsync();
                await DeliverAsync(row, stopping);
                if (_pauses.OfChannel > TimeSpan.Zero)
                {
                    return;
                }
            }
        }
    }

    private async Task<List<NotificationRow>> DueAsync(int take, CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var paused = _pauses.OfMessages;
        return await Waiting(scope.ServiceProvider.GetRequiredService<IngressStore>())
            .AsNoTracking()
            .Where(row => !paused.Contains(row.ReleaseId))
            .OrderBy(row => row.WaitingSince)
            .Take(take)
            .ToListAsync(cancellation);
    }

    private async Task DeliverAsync(NotificationRow row, CancellationToken stopping)
    {
        await using var scope = scopes.CreateAsyncScope();
        var store = scope.ServiceProvider.GetRequiredService<IngressStore>();
        var releases = scope.ServiceProvider.GetRequiredService<ReleaseQueries>();
        var found = await releases.SnapshotsAsync(release => release.Id == row.ReleaseId, stopping);
        var news = found.Count > 0 ? News.Of(found[0], Address()) : null;
        if (news is null || !IsWorthTelling(news, row))
        {
            _pauses.Settled(row.ReleaseId);
            await SettleAsync(store, row, news is null ? row.Seen : KeyOf(news), row.Told);
            return;
        }

        try
        {
            var told = await SendAsync(news, row.Told, stopping);
            _pauses.Delivered(row.ReleaseId);
            await SettleAsync(store, row, KeyOf(news), told);
            await RecordAsync(store, failure: null);
        }
        catch (DeliveryException failure)
        {
            _pauses.Failed(row.ReleaseId, failure);
            await KeepAsync(store, row, failure.Told);
            await RecordAsync(store, failure);
            await GiveUpAsync(store, row, failure);
        }
    }

    private bool IsWorthTelling(News news, NotificationRow row) =>
        channel.Notifier.Style != MessageStyle.Silent
        && channel.Notifier.Concerns(news)
        && KeyOf(news) != row.Seen
        && (
            channel.IsToldOf(news.Message.Importance)
            // To change a message disturbs nobody, and it would go on saying what is not so any more.
            || (channel.Notifier.Style == MessageStyle.Updated && row.Told is not null)
        );

    private string KeyOf(News news) =>
        channel.Notifier.Style == MessageStyle.Streamed ? news.Id : news.Message.Occasion;

    // None of these can be cancelled: what was delivered is not to be delivered again, also by a host that is stopping.
    private static async Task SettleAsync(IngressStore store, NotificationRow row, string? seen, string? told)
    {
        var same = store.Notifications.Where(it => it.Channel == row.Channel && it.ReleaseId == row.ReleaseId);
        var settled = await same.Where(it => it.Version == row.Version)
            .ExecuteUpdateAsync(
                set =>
                    set.SetProperty(it => it.Seen, seen)
                        .SetProperty(it => it.Told, told)
                        .SetProperty(it => it.WaitingSince, (DateTimeOffset?)null)
                        .SetProperty(it => it.Version, it => it.Version + 1),
                CancellationToken.None
            );
        if (settled == 0)
        {
            // It has changed meanwhile, and there is more to tell.
            await same.ExecuteUpdateAsync(
                set =>
                    set.SetProperty(it => it.Seen, seen)
                        .SetProperty(it => it.Told, told)
                        .SetProperty(it => it.Version, it => it.Version + 1),
                CancellationToken.None
            );
        }
    }

    /// <summary>A delivery of several parts that failed goes on where it came to.</summary>
    private static async Task KeepAsync(IngressStore store, NotificationRow row, string? told)
    {
        if (told is not null && told != row.Told)
        {
            await store
                .Notifications.Where(it => it.Channel == row.Channel && it.ReleaseId == row.ReleaseId)
                .ExecuteUpdateAsync(
                    set => set.SetProperty(it => it.Told, told).SetProperty(it => it.Version, it => it.Version + 1),
                    CancellationToken.None
                );
        }
    }

    private async Task RecordAsync(IngressStore store, DeliveryException? failure)
    {
        var row = await store.NotificationChannels.SingleOrDefaultAsync(
            it => it.Name == channel.Name,
            CancellationToken.None
        );
        if (row is null)
        {
            row = new ChannelRow { Name = channel.Name };
            store.NotificationChannels.Add(row);
        }

        row.Error = PlainText.Line(failure?.Message, 500);
        row.Remedy = failure?.Remedy;
        if (failure is null)
        {
            row.DeliveredAt = time.GetUtcNow();
        }
        else
        {
            row.FailedAt = time.GetUtcNow();
        }

        await store.SaveChangesAsync(CancellationToken.None);
        Log(row.Error);
    }

    /// <summary>Once, however often it is tried.</summary>
    private void Log(string? error)
    {
        if (error == _logged)
        {
            return;
        }

        if (error is null)
        {
            logger.LogInformation("The channel {Channel} takes messages again", channel.Name);
        }
        else
        {
            logger.LogWarning(
                "The channel {Channel} does not take messages; trying again: {Error}",
                channel.Name,
                error
            );
        }

        _logged = error;
    }

    private async Task GiveUpAsync(IngressStore store, NotificationRow row, DeliveryException failure)
    {
        var limit = time.GetUtcNow() - options.Value.GiveUpAfter;
        var tooOld = Waiting(store).Where(it => it.WaitingSince < limit);
        var count = await (
            failure.IsOfMessage ? tooOld.Where(it => it.ReleaseId == row.ReleaseId) : tooOld
        ).ExecuteUpdateAsync(
            set =>
                set.SetProperty(it => it.WaitingSince, (DateTimeOffset?)null)
                    .SetProperty(it => it.Version, it => it.Version + 1),
            CancellationToken.None
        );
        if (count == 0)
        {
            return;
        }

        await store
            .NotificationChannels.Where(it => it.Name == channel.Name)
            .ExecuteUpdateAsync(
                set => set.SetProperty(it => it.GivenUp, it => it.GivenUp + count),
                CancellationToken.None
            );
        logger.LogWarning(
            "Gave up {Count} messages of the channel {Channel} after {GiveUpAfter}: {Error}",
            count,
            channel.Name,
            options.Value.GiveUpAfter,
            failure.Message
        );
    }

    private IQueryable<NotificationRow> Waiting(IngressStore store) =>
        store.Notifications.Where(row => row.Channel == channel.Name && row.WaitingSince != null);

    /// <summary>Only the address that somebody has chosen is good for others.</summary>
    private Uri? Address() =>
        hosting.Value.PublicAddress is { } address ? new Uri(address.EndsWith('/') ? address : address + "/") : null;
}
