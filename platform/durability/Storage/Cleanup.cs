using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Canary.Durability.Storage;

/// <summary>Forgets once an hour what nobody asks for any more. When that fails, it is tried again an hour later.</summary>
/// <typeparam name="TStore">Where it is forgotten.</typeparam>
/// <param name="what">What is forgotten, as a log says it: <c>old releases</c>.</param>
/// <param name="scopes">Makes the scope of each time.</param>
/// <param name="readiness">Nothing is forgotten before.</param>
/// <param name="time">The time.</param>
/// <param name="logger">The log.</param>
public abstract class Cleanup<TStore>(
    string what,
    IServiceScopeFactory scopes,
    StoreReadiness<TStore> readiness,
    TimeProvider time,
    ILogger logger
) : BackgroundService
    where TStore : ServiceDbContext
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    /// <summary>Says how old things are.</summary>
    protected TimeProvider Time { get; } = time;

    /// <summary>Forgets what is due.</summary>
    /// <returns>How much.</returns>
    public async Task<int> ForgetAsync(CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        return await ForgetAsync(scope.ServiceProvider.GetRequiredService<TStore>(), cancellation);
    }

    /// <inheritdoc cref="ForgetAsync(CancellationToken)" />
    protected abstract Task<int> ForgetAsync(TStore store, CancellationToken cancellation);

    /// <inheritdoc />
    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await readiness.WhenReadyAsync(stoppingToken);
        using var timer = new PeriodicTimer(Interval, Time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                if (await ForgetAsync(stoppingToken) is > 0 and var count)
                {
                    logger.LogInformation("Forgot {Count} {What}", count, what);
                }
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                logger.LogWarning(exception, "Not forgotten: {What}; trying again in {Interval}", what, Interval);
            }
        }
    }
}
