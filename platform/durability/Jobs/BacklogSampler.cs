using Canary.Durability.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Canary.Durability.Jobs;

/// <summary>Looks now and then at what waits in a store: whoever reads the metrics must not ask the database each time.</summary>
internal sealed class BacklogSampler<TStore>(
    string service,
    IServiceScopeFactory scopes,
    StoreReadiness<TStore> readiness,
    IStorage storage,
    TimeProvider time,
    StoreClock clock
) : BackgroundService
    where TStore : ServiceDbContext
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await readiness.WhenReadyAsync(stoppingToken);
            using var timer = new PeriodicTimer(Interval, time);
            do
            {
                try
                {
                    DurabilityMeters.Set(this, await LookAsync(stoppingToken));
                }
                catch (Exception exception) when (storage.IsUnavailable(exception))
                {
                    // What was seen last stays, and everything else says that the database is unavailable.
                }
            } while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        finally
        {
            DurabilityMeters.Forget(this);
        }
    }

    private async Task<Backlog> LookAsync(CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var store = scope.ServiceProvider.GetRequiredService<TStore>();
        var now = clock.Now;
        var due = store.Outbox.Where(message => message.NotBefore <= now);
        var waiting = store.Jobs.Where(job =>
            job.State == JobState.Pending && (job.NotBefore == null || job.NotBefore <= now)
        );
        var messages = await due.LongCountAsync(cancellation);
        var oldestMessage = await due.MinAsync(message => (DateTimeOffset?)message.NotBefore, cancellation);
        var jobs = await waiting.LongCountAsync(cancellation);
        var oldestJob = await waiting.MinAsync(job => (DateTimeOffset?)job.CreatedAt, cancellation);
        return new Backlog(service, messages, Since(oldestMessage, now), jobs, Since(oldestJob, time.GetUtcNow()));
    }

    private static TimeSpan Since(DateTimeOffset? oldest, DateTimeOffset now) =>
        oldest is { } begin && begin < now ? now - begin : TimeSpan.Zero;
}
