using Canary.Contracts.Deploying;
using Canary.Durability.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Canary.Deployer.Rollouts;

/// <summary>Forgets rollouts that have ended, with their hosts, when enough newer ones of the application are known: by number, not
/// by time. Never forgotten is what a suite lists, and what is at work.</summary>
internal sealed class Forgetting(
    IServiceScopeFactory scopes,
    StoreReadiness<DeployerStore> readiness,
    IOptions<DeployerOptions> options,
    TimeProvider time,
    ILogger<Forgetting> logger
) : BackgroundService
{
    private const int Batch = 500;

    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    private static readonly string[] Final =
    [
        RolloutStates.Completed,
        RolloutStates.RolledBack,
        RolloutStates.Failed,
        RolloutStates.Superseded,
    ];

    /// <summary>Forgets what is due.</summary>
    /// <returns>How many rollouts.</returns>
    public async Task<int> ForgetAsync(CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var store = scope.ServiceProvider.GetRequiredService<DeployerStore>();
        var count = 0;
        foreach (var application in await store.Lanes.Select(lane => lane.Application).ToListAsync(cancellation))
        {
            foreach (var ids in (await DueAsync(store, application, cancellation)).Chunk(Batch))
            {
                await store.Hosts.Where(row => ids.Contains(row.RolloutId)).ExecuteDeleteAsync(cancellation);
                count += await store
                    .Rollouts.Where(rollout => ids.Contains(rollout.CorrelationId))
                    .ExecuteDeleteAsync(cancellation);
            }
        }

        return count;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await readiness.WhenReadyAsync(stoppingToken);
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                if (await ForgetAsync(stoppingToken) is > 0 and var count)
                {
                    logger.LogInformation("Forgot {Count} old rollouts", count);
                }
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                logger.LogWarning(e, "Old rollouts could not be forgotten; trying again in {Interval}", Interval);
            }
        }
    }

    private async Task<List<Guid>> DueAsync(DeployerStore store, string application, CancellationToken cancellation)
    {
        var all = store.Rollouts.AsNoTracking().Where(rollout => rollout.Application == application);
        var listed = new[]
        {
            await NewestAsync(all.Where(it => it.IsProductionListed && it.CurrentState == RolloutStates.Completed)),
            await NewestAsync(all.Where(it => it.IsCanaryListed && it.HostsReached)),
        };
        var kept = await all.OrderByDescending(rollout => rollout.Number)
            .Select(rollout => rollout.Number)
            .Skip(options.Value.RetainedRollouts - 1)
            .FirstOrDefaultAsync(cancellation);
        return await all.Where(rollout => rollout.Number < kept && Final.Contains(rollout.CurrentState))
            .Where(rollout => !listed.Contains(rollout.CorrelationId))
            .Select(rollout => rollout.CorrelationId)
            .ToListAsync(cancellation);

        Task<Guid> NewestAsync(IQueryable<RolloutState> rollouts) =>
            rollouts
                .OrderByDescending(rollout => rollout.Number)
                .Select(rollout => rollout.CorrelationId)
                .FirstOrDefaultAsync(cancellation);
    }
}
