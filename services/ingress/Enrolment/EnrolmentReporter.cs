using Canary.Durability.Messaging;
using Canary.Durability.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Canary.Ingress.Enrolment;

/// <summary>Tells the deployer of enrolments until it knows them: a number that orders them is there once they are stored, and the transport
/// may lose a message.</summary>
internal sealed class EnrolmentReporter(
    IServiceScopeFactory scopes,
    StoreReadiness<IngressStore> readiness,
    IOptionsMonitor<IngressOptions> options,
    StoreClock clock,
    TimeProvider time,
    ILogger<EnrolmentReporter> logger
) : BackgroundService
{
    private const int Batch = 100;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <returns>How many it was told of.</returns>
    public async Task<int> ReportDueAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var store = scope.ServiceProvider.GetRequiredService<IngressStore>();
        var outbox = scope.ServiceProvider.GetRequiredService<IOutbox<IngressStore>>();
        var now = clock.Now;
        var rows = await store
            .Enrolments.Where(row => row.SendAt != null && row.SendAt <= now)
            .OrderBy(row => row.Number)
            .Take(Batch)
            .ToListAsync(cancellationToken);
        foreach (var row in rows)
        {
            row.Sent++;
            row.SendAt = now + options.CurrentValue.PauseAfter(row.Sent);
            outbox.Send(row.ToCommand());
        }

        await store.SaveChangesAsync(cancellationToken);
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
            catch (Exception e) when (e is not OperationCanceledException)
            {
                logger.LogError(e, "The deployer could not be told of enrolled hosts; trying again");
            }

            await Task.Delay(Pause, time, stoppingToken);
        }
    }
}
