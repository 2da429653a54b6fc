using Canary.Contracts.Alarms;
using Canary.Durability.Messaging;
using Canary.Durability.Storage;
using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Canary.Ingress.Alarms;

/// <summary>Tells the deployer again of alarms until it knows, since the transport may lose a message; and forgets those that stopped long
/// ago.</summary>
internal sealed class AlarmReporter(
    IServiceScopeFactory scopes,
    StoreReadiness<IngressStore> readiness,
    IOptionsMonitor<IngressOptions> options,
    TimeProvider time,
    ILogger<AlarmReporter> logger
) : BackgroundService
{
    private const int Batch = 100;

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <returns>How many were told again.</returns>
    public async Task<int> ReportDueAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var store = scope.ServiceProvider.GetRequiredService<IngressStore>();
        var outbox = scope.ServiceProvider.GetRequiredService<IOutbox<IngressStore>>();
        var now = time.GetUtcNow();
        var rows = await store
            .Alarms.Where(row => row.ReportAt != null && row.ReportAt <= now)
            .OrderBy(row => row.ReportAt)
            .Take(Batch)
            .ToListAsync(cancellationToken);
        foreach (var row in rows)
        {
            row.Reports++;
            row.ReportAt = now + PauseAfter(row.Reports);
            outbox.Send(row.ToReport());
        }

        await store.SaveChangesAsync(cancellationToken);
        await ForgetAsync(store, now, cancellationToken);
        return rows.Count;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await readiness.WhenReadyAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await ReportDueAsync(stoppingToken);
            }
            catch (DbUpdateConcurrencyException)
            {
                // It changed at the same moment: the next round looks again.
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                logger.LogError(e, "Alarms could not be passed on again; trying again");
            }

            var pause = options.CurrentValue.RepublishAfter / 4;
            await Task.Delay(pause < LongestPause ? pause : LongestPause, time, stoppingToken);
        }
    }

    private async Task ForgetAsync(IngressStore store, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var before = now - options.CurrentValue.Alarms.Retention;
        await store.Alarms.Where(row => !row.IsFiring && row.ChangedAt < before).ExecuteDeleteAsync(cancellationToken);
        await store.AlarmDrills.Where(drill => drill.SentAt < before).ExecuteDeleteAsync(cancellationToken);
    }

    private TimeSpan PauseAfter(int reports)
    {
        var (first, most) = (options.CurrentValue.RepublishAfter, options.CurrentValue.RepublishAtMost);
        var factor = Math.Pow(2, Math.Min(reports, 30));
        return TimeSpan.FromTicks((long)Math.Min(first.Ticks * factor, most.Ticks));
    }
}

/// <summary>Notes that the deployer knows of an alarm.</summary>
internal sealed class AcknowledgeAlarmConsumer(IngressStore store) : IConsumer<AcknowledgeAlarm>
{
    public async Task Consume(ConsumeContext<AcknowledgeAlarm> context)
    {
        var message = context.Message;
        if (
            await store.Alarms.FindAsync([message.AlarmId], context.CancellationToken) is { } row
            && message.Revision >= row.Revision
        )
        {
            row.ReportAt = null;
        }
    }
}
