using Canary.Durability.Messaging;
using Canary.Durability.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Canary.Ingress.Alarms;

/// <summary>Tells the deployer again of alarms, and of tests of them, until it knows, since the transport may lose a message.</summary>
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
            row.ReportAt = now + options.CurrentValue.PauseAfter(row.Reports);
            outbox.Send(row.ToReport());
        }

        var drills = await store
            .AlarmDrills.Where(drill => drill.ReportAt != null && drill.ReportAt <= now)
            .Take(Batch)
            .ToListAsync(cancellationToken);
        foreach (var drill in drills)
        {
            drill.Reports++;
            drill.ReportAt = now + options.CurrentValue.PauseAfter(drill.Reports);
            outbox.Send(drill.ToReport());
        }

        await store.SaveChangesAsync(cancellationToken);
        return rows.Count + drills.Count;
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
}
