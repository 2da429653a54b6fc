using Canary.Durability.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Canary.Durability.Messaging;

/// <summary>Forgets consumed messages once no transport can deliver them again.</summary>
internal sealed class InboxCleanup<TStore>(
    IServiceScopeFactory scopes,
    TimeProvider time,
    ILogger<InboxCleanup<TStore>> logger
) : BackgroundService
    where TStore : ServiceDbContext
{
    private static readonly TimeSpan Retention = TimeSpan.FromDays(2);
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await ForgetAsync(stoppingToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                logger.LogWarning(exception, "The inbox could not be cleaned; trying again in {Interval}", Interval);
            }
        }
    }

    internal async Task ForgetAsync(CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var oldest = time.GetUtcNow() - Retention;
        await scope
            .ServiceProvider.GetRequiredService<TStore>()
            .Inbox.Where(row => row.ConsumedAt < oldest)
            .ExecuteDeleteAsync(cancellation);
    }
}
