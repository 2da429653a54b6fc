using Canary.Durability.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Canary.Durability.Jobs;

/// <summary>Forgets jobs that have ended long ago: nobody asks for their outcome any more.</summary>
internal sealed class JobCleanup<TStore>(
    IServiceScopeFactory scopes,
    StoreReadiness<TStore> readiness,
    IOptionsMonitor<JobOptions> options,
    TimeProvider time,
    ILogger<JobCleanup<TStore>> logger
) : BackgroundService
    where TStore : ServiceDbContext
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    internal async Task<int> ForgetAsync(CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var oldest = time.GetUtcNow() - options.Get(typeof(TStore).FullName).Retention;
        return await scope
            .ServiceProvider.GetRequiredService<TStore>()
            .Jobs.Where(job => job.State == JobState.Finished || job.State == JobState.Cancelled)
            .Where(job => job.CreatedAt < oldest)
            .ExecuteDeleteAsync(cancellation);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await readiness.WhenReadyAsync(stoppingToken);
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await ForgetAsync(stoppingToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                logger.LogWarning(exception, "Old jobs could not be removed; trying again in {Interval}", Interval);
            }
        }
    }
}
