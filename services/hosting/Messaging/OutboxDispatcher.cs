using Canary.Hosting.Storage;
using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Canary.Hosting.Messaging;

/// <summary>
/// Hands committed messages to the bus once their time has come, in the order of their commit, and deletes them when the bus
/// has confirmed. A crash in between sends one twice, with the same id: the inbox of its consumer drops the second.
/// </summary>
internal sealed class OutboxDispatcher<TStore>(
    IServiceScopeFactory scopes,
    IBus bus,
    StoreSignals<TStore> signals,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILogger<OutboxDispatcher<TStore>> logger
) : BackgroundService
    where TStore : ServiceDbContext
{
    private const int BatchSize = 100;
    private static readonly TimeSpan LongestSleep = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await lifetime.WhenStartedAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                while (await DispatchBatchAsync(stoppingToken) == BatchSize) { }

                await signals.Outbox.WaitAsync(await TimeUntilNextAsync(stoppingToken), stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                logger.LogError(exception, "The outbox could not be worked off; trying again");
                await Task.Delay(TimeSpan.FromSeconds(1), time, stoppingToken);
            }
        }
    }

    private async Task<int> DispatchBatchAsync(CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var store = scope.ServiceProvider.GetRequiredService<TStore>();
        var now = time.GetUtcNow();
        var due = await store
            .Outbox.AsNoTracking()
            .Where(row => row.NotBefore <= now)
            .OrderBy(row => row.Sequence)
            .Take(BatchSize)
            .ToListAsync(cancellation);
        if (due.Count == 0)
        {
            return 0;
        }

        var delivered = new List<long>(due.Count);
        foreach (var row in due)
        {
            if (await TryDeliverAsync(store, row, cancellation))
            {
                delivered.Add(row.Sequence);
            }
        }

        await store.Outbox.Where(row => delivered.Contains(row.Sequence)).ExecuteDeleteAsync(cancellation);
        return due.Count;
    }

    private async Task<bool> TryDeliverAsync(TStore store, OutboxMessage row, CancellationToken cancellation)
    {
        try
        {
            await DeliverAsync(row, cancellation);
            return true;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            var backOff = BackOffAfter(row.Attempts);
            logger.LogWarning(
                exception,
                "{MessageType} {MessageId} could not be handed to the bus; trying again in {BackOff}",
                row.MessageType,
                row.MessageId,
                backOff
            );
            var retryAt = time.GetUtcNow() + backOff;
            await store
                .Outbox.Where(stored => stored.Sequence == row.Sequence)
                .ExecuteUpdateAsync(
                    set => set.SetProperty(x => x.NotBefore, retryAt).SetProperty(x => x.Attempts, x => x.Attempts + 1),
                    cancellation
                );
            return false;
        }
    }

    private async Task DeliverAsync(OutboxMessage row, CancellationToken cancellation)
    {
        using var activity = Telemetry.StartDispatch(row);
        var (message, type) = row.Open();
        if (row.Queue is null)
        {
            await bus.Publish(message, type, context => Describe(context, row), cancellation);
        }
        else
        {
            var endpoint = await bus.GetSendEndpoint(new Uri($"queue:{row.Queue}"));
            await endpoint.Send(message, type, context => Describe(context, row), cancellation);
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

    private async Task<TimeSpan> TimeUntilNextAsync(CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var store = scope.ServiceProvider.GetRequiredService<TStore>();
        var next = await store.Outbox.MinAsync(row => (DateTimeOffset?)row.NotBefore, cancellation);
        var sleep = next - time.GetUtcNow() ?? LongestSleep;
        return sleep < TimeSpan.Zero ? TimeSpan.Zero
            : sleep > LongestSleep ? LongestSleep
            : sleep + TimeSpan.FromMilliseconds(1);
    }

    private static TimeSpan BackOffAfter(int attempts) =>
        TimeSpan.FromSeconds(Math.Min(Math.Pow(2, Math.Min(attempts, 10)), LongestBackOff.TotalSeconds));
}
