using Canary.Durability.Messaging;
using Canary.Durability.Storage;
using Microsoft.EntityFrameworkCore;

namespace Canary.Ingress.Freezes;

/// <summary>Tells the deployer again which freezes there are, since the transport may lose a message: one that is lost would let a
/// release through.</summary>
internal sealed class FreezeReminder(
    IServiceScopeFactory scopes,
    StoreReadiness<IngressStore> readiness,
    TimeProvider time,
    ILogger<FreezeReminder> logger
) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);

    /// <summary>Tells all of them, if there ever were any.</summary>
    public async Task RemindAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var store = scope.ServiceProvider.GetRequiredService<IngressStore>();
        if (await store.Freezes.AsNoTracking().SingleOrDefaultAsync(cancellationToken) is { } row)
        {
            scope.ServiceProvider.GetRequiredService<IOutbox<IngressStore>>().Send(row.ToCommand());
            await store.SaveChangesAsync(cancellationToken);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await readiness.WhenReadyAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await RemindAsync(stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                logger.LogError(e, "The deployer could not be told again which freezes there are; trying again");
            }

            await Task.Delay(Pause, time, stoppingToken);
        }
    }
}
