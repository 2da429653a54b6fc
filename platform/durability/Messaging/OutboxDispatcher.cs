using Canary.Contracts;
using Canary.Durability.Storage;
using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Canary.Durability.Messaging;

/// <summary>
/// Hands committed messages to the bus once their time has come, in the order of their commit, and deletes them when the bus
/// has confirmed them, and for an event also that the world outside is told. A crash in between sends one twice, with the same
/// id: the inbox of its consumer drops the second. Replicas share the work: rows that one of them is handing over are locked,
/// and the others pass them by. Any transport may lose a timer (a process that ends, a queue that is purged), and nobody asks for
/// one again: it keeps its row until its saga has committed what came of it.
/// </summary>
internal sealed class OutboxDispatcher<TStore>(
    IServiceScopeFactory scopes,
    IBus bus,
    ITransport transport,
    IStorage storage,
    StoreReadiness<TStore> readiness,
    StoreSignals<TStore> signals,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    StoreClock clock,
    ILogger<OutboxDispatcher<TStore>> logger,
    string service
) : BackgroundService
    where TStore : ServiceDbContext
{
    private const int BatchSize = 250;

    /// <summary>Messages that are on their way to the bus at once: enough to share a round trip, and few enough to leave the
    /// processors to others in between.</summary>
    private const int HandOverSize = 25;

    /// <summary>A timer whose saga has not committed by then comes again.</summary>
    private static readonly TimeSpan TimerRepeat = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan LongestBackOff = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(4);

    /// <summary>A bus that has not confirmed by then is away.</summary>
    private static readonly TimeSpan LongestHandOver = TimeSpan.FromSeconds(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await lifetime.WhenStartedAsync(stoppingToken);
        await readiness.WhenReadyAsync(stoppingToken);
        var pause = ShortestPause;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                while (await DispatchBatchAsync(stoppingToken) == BatchSize) { }

                pause = ShortestPause;
                await signals.Outbox.WaitAsync(await TimeUntilNextAsync(stoppingToken), stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                Report(exception, pause);
                await Task.Delay(pause, time, stoppingToken);
                pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks));
            }
        }
    }

    private void Report(Exception exception, TimeSpan pause)
    {
        if (exception is TransportUnavailableException || storage.IsUnavailable(exception))
        {
            logger.LogWarning(
                "The outbox could not be worked off; trying again in {Pause}: {Error}",
                pause,
                exception.Message
            );
            return;
        }

        logger.LogError(exception, "The outbox could not be worked off; trying again in {Pause}", pause);
    }

    private async Task<int> DispatchBatchAsync(CancellationToken stopping)
    {
        await using var scope = scopes.CreateAsyncScope();
        var store = scope.ServiceProvider.GetRequiredService<TStore>();
        await using var transaction = await storage.BeginHandOverAsync(store, stopping);
        var due = await storage.DueMessages(store, clock.Now, BatchSize).ToListAsync(stopping);
        if (due.Count == 0)
        {
            return 0;
        }

        var tried = await HandOverAsync(due, stopping);
        await SettleAsync(store, tried, transaction);
        return tried.Find(it => IsUnavailable(it.Fault)).Fault is { } away
            ? throw new TransportUnavailableException($"The bus does not take messages: {away.Message}", away)
            : due.Count;
    }

    /// <summary>Hands messages over in their order, until the bus is away.</summary>
    /// <returns>Those that were tried, and what was wrong.</returns>
    private async Task<List<(OutboxMessage Row, Exception? Fault)>> HandOverAsync(
        List<OutboxMessage> due,
        CancellationToken stopping
    )
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        await using var timer = time.CreateTimer(_ => limit.Cancel(), null, LongestHandOver, Timeout.InfiniteTimeSpan);
        var tried = new List<(OutboxMessage Row, Exception? Fault)>();
        foreach (var rows in due.Chunk(HandOverSize))
        {
            // Begun in their order and confirmed together: one round trip for all of them.
            var faults = await Task.WhenAll(rows.Select(row => TryDeliverAsync(row, limit.Token)));
            tried.AddRange(rows.Zip(faults));
            if (faults.Any(IsUnavailable))
            {
                break;
            }
        }

        return tried;
    }

    private bool IsUnavailable(Exception? fault) => fault is not null && transport.IsUnavailable(fault);

    // Not cancellable: what has been confirmed is not to be sent again, also by a host that is stopping.
    private async Task SettleAsync(
        TStore store,
        List<(OutboxMessage Row, Exception? Fault)> tried,
        IDbContextTransaction? transaction
    )
    {
        var delivered = tried.Where(it => it.Fault is null).ToLookup(it => it.Row.IsTimer, it => it.Row.Sequence);
        var done = delivered[false].ToList();
        await store.Outbox.Where(row => done.Contains(row.Sequence)).ExecuteDeleteAsync(CancellationToken.None);
        var kept = delivered[true].ToList();
        if (kept.Count > 0)
        {
            var repeatAt = clock.Now + TimerRepeat;
            await store
                .Outbox.Where(row => kept.Contains(row.Sequence))
                .ExecuteUpdateAsync(set => set.SetProperty(row => row.NotBefore, repeatAt), CancellationToken.None);
        }

        foreach (var (row, fault) in tried)
        {
            if (fault is not null && !IsUnavailable(fault))
            {
                await PutOffAsync(store, row, fault);
            }
        }

        if (transaction is not null)
        {
            await transaction.CommitAsync(CancellationToken.None);
        }
    }

    private async Task<Exception?> TryDeliverAsync(OutboxMessage row, CancellationToken cancellation)
    {
        try
        {
            // Not everything on the way to the bus gives up when it is told to.
            await DeliverAsync(row, cancellation).WaitAsync(cancellation);
            return null;
        }
        catch (Exception exception)
        {
            return exception;
        }
    }

    private async Task PutOffAsync(TStore store, OutboxMessage row, Exception fault)
    {
        var backOff = BackOffAfter(row.Attempts);
        logger.LogWarning(
            fault,
            "{MessageType} {MessageId} could not be handed to the bus; trying again in {BackOff}",
            row.MessageType,
            row.MessageId,
            backOff
        );
        var retryAt = clock.Now + backOff;
        await store
            .Outbox.Where(stored => stored.Sequence == row.Sequence)
            .ExecuteUpdateAsync(
                set => set.SetProperty(x => x.NotBefore, retryAt).SetProperty(x => x.Attempts, x => x.Attempts + 1),
                CancellationToken.None
            );
    }

    private async Task DeliverAsync(OutboxMessage row, CancellationToken cancellation)
    {
        using var activity = OutboxTracing.StartDispatch(row);
        var (message, type) = row.Open();
        if (row.Queue is null)
        {
            // Begun before whoever acts upon the event can tell of what follows from it.
            var announced = message is IEvent @event
                ? transport.AnnounceAsync(bus, new Announcement(row, @event, service), cancellation)
                : Task.CompletedTask;
            await Task.WhenAll(announced, bus.Publish(message, type, context => Describe(context, row), cancellation));
        }
        else
        {
            var endpoint = await bus.GetSendEndpoint(transport.AddressOf(row.Queue));
            await endpoint.Send(
                message,
                type,
                context =>
                {
                    Describe(context, row);
                    transport.DemandQueue(context);
                },
                cancellation
            );
        }
    }

    private static void Describe(SendContext context, OutboxMessage row)
    {
        context.MessageId = row.MessageId;
        context.ConversationId = row.ConversationId ?? context.ConversationId;
        context.InitiatorId = row.InitiatorId ?? context.InitiatorId;
        if (row.Token is { } token)
        {
            context.Headers.Set(MessageHeaders.SchedulingTokenId, token.ToString("D"));
        }
    }

    // Rows that are due and still there are in the hands of another replica, which may die: the longest sleep is for them.
    private async Task<TimeSpan> TimeUntilNextAsync(CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var store = scope.ServiceProvider.GetRequiredService<TStore>();
        var now = clock.Now;
        var waiting = storage.IsShared ? store.Outbox.Where(row => row.NotBefore > now) : store.Outbox;
        var next = await waiting.MinAsync(row => (DateTimeOffset?)row.NotBefore, cancellation);
        var sleep = next - clock.Now ?? storage.LongestSleep;
        return sleep < TimeSpan.Zero ? TimeSpan.Zero
            : sleep > storage.LongestSleep ? storage.LongestSleep
            : sleep + TimeSpan.FromMilliseconds(1);
    }

    private static TimeSpan BackOffAfter(int attempts) =>
        TimeSpan.FromSeconds(Math.Min(Math.Pow(2, Math.Min(attempts, 10)), LongestBackOff.TotalSeconds));
}
