using Canary.Durability.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Canary.Ingress.Webhooks;

/// <summary>Forgets deliveries that GitHub can no longer repeat; their commits stay known.</summary>
internal sealed class DeliveryCleanup(
    IServiceScopeFactory scopes,
    StoreReadiness<IngressStore> readiness,
    IOptionsMonitor<IngressOptions> options,
    TimeProvider time,
    ILogger<DeliveryCleanup> logger
) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromHours(1);

    public async Task<int> CleanAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var store = scope.ServiceProvider.GetRequiredService<IngressStore>();
        var before = time.GetUtcNow() - options.CurrentValue.DeliveryRetention;
        return await store.Deliveries.Where(x => x.ReceivedAt < before).ExecuteDeleteAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await readiness.WhenReadyAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await CleanAsync(stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                logger.LogError(e, "Old deliveries could not be removed; trying again in an hour");
            }

            await Task.Delay(Pause, time, stoppingToken);
        }
    }
}
