using Canary.Contracts.Deploying;
using Canary.Deployer.Alarms;
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
) : Cleanup<DeployerStore>("old rollouts", scopes, readiness, time, logger)
{
    private const int Batch = 500;

    /// <summary>Alarms that are remembered after they have stopped: each source may name as many as it likes.</summary>
    private const int RememberedAlarms = 10_000;

    protected override async Task<int> ForgetAsync(DeployerStore store, CancellationToken cancellation)
    {
        var count = 0;
        foreach (var application in await store.Lanes.Select(lane => lane.Application).ToListAsync(cancellation))
        {
            foreach (var ids in (await DueAsync(store, application, cancellation)).Chunk(Batch))
            {
                await store.HookRuns.Where(row => ids.Contains(row.RolloutId)).ExecuteDeleteAsync(cancellation);
                await store.Hosts.Where(row => ids.Contains(row.RolloutId)).ExecuteDeleteAsync(cancellation);
                count += await store
                    .Rollouts.Where(rollout => ids.Contains(rollout.CorrelationId))
                    .ExecuteDeleteAsync(cancellation);
            }
        }

        await ForgetAlarmsAsync(store, cancellation);
        return count;
    }

    private static async Task ForgetAlarmsAsync(DeployerStore store, CancellationToken cancellation)
    {
        var last = await JudgeAlarms.LastPlaceAsync(store, cancellation);
        await store
            .Alarms.Where(alarm => !alarm.IsFiring && alarm.Place < last - RememberedAlarms)
            .ExecuteDeleteAsync(cancellation);
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
        return await all.Where(rollout => rollout.Number < kept && RolloutStates.Final.Contains(rollout.CurrentState))
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
