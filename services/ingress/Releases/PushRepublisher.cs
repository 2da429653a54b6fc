using Canary.Durability.Messaging;
using Canary.Durability.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Canary.Ingress.Releases;

/// <summary>
/// Publishes accepted pushes again until their release has been seen: the transport may lose a message when the host is
/// killed, a push never. At start all of them are due at once.
/// </summary>
internal sealed class PushRepublisher(
    IServiceScopeFactory scopes,
    StoreReadiness<IngressStore> readiness,
    IOptionsMonitor<IngressOptions> options,
    TimeProvider time,
    ILogger<PushRepublisher> logger
) : BackgroundService
{
    private const int Batch = 100;

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(50);

    /// <summary>Publishes what is due.</summary>
    /// <param name="all">Whether every push without a release is due.</param>
    /// <param name="cancellationToken">Gives up before the commit.</param>
    /// <returns>How many were published.</returns>
    public async Task<int> PublishDueAsync(bool all, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var store = scope.ServiceProvider.GetRequiredService<IngressStore>();
        var outbox = scope.ServiceProvider.GetRequiredService<IOutbox<IngressStore>>();
        var now = time.GetUtcNow();
        var due = all
            ? store.Releases.Where(x => x.PublishAt != null)
            : store.Releases.Where(x => x.PublishAt != null && x.PublishAt <= now);
        var rows = await due.OrderBy(x => x.PublishAt).Take(all ? int.MaxValue : Batch).ToListAsync(cancellationToken);
        foreach (var row in rows)
        {
            row.Published++;
            row.PublishAt = now + options.CurrentValue.PauseAfter(row.Published);
            if (row.Deploy is { } deploy)
            {
                outbox.Send(deploy);
            }
            else
            {
                outbox.Publish(row.Push);
            }
        }

        await store.SaveChangesAsync(cancellationToken);
        return rows.Count;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await readiness.WhenReadyAsync(stoppingToken);
        var all = true;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var published = await PublishDueAsync(all, stoppingToken);
                all = false;
                if (published > 0)
                {
                    logger.LogInformation("Published {Count} pushes again that no release has come of", published);
                }
            }
            catch (DbUpdateConcurrencyException)
            {
                // A release was seen at the same moment: the next round looks again.
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                logger.LogError(e, "Pushes without a release could not be published again; trying again");
            }

            var pause = options.CurrentValue.RepublishAfter / 4;
            await Task.Delay(
                TimeSpan.FromTicks(Math.Clamp(pause.Ticks, ShortestPause.Ticks, LongestPause.Ticks)),
                time,
                stoppingToken
            );
        }
    }
}
