using Canary.Contracts.Deploying;
using Canary.Contracts.Releases;
using Canary.Durability.Storage;
using Canary.Ingress.Logs;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Canary.Ingress.Releases;

/// <summary>
/// Forgets the details of old releases: stages, hosts and logs. What is left of each keeps its commit from being released a second
/// time. Never forgotten is what runs, what hosts have or may be taken back to, and the newest of an application.
/// </summary>
internal sealed class Forgetting(
    IServiceScopeFactory scopes,
    StoreReadiness<IngressStore> readiness,
    StageLogs logs,
    IOptionsMonitor<IngressOptions> options,
    TimeProvider time,
    ILogger<Forgetting> logger
) : BackgroundService
{
    /// <summary>Newest releases of an application that are kept, however old they are.</summary>
    private const int Newest = 10;

    /// <summary>Completed rollouts of an application, and versions of it on hosts, that a rollback may lead to: the
    /// publisher lists the running version and five before it unless told otherwise.</summary>
    private const int RollbackTargets = 10;

    private const int Batch = 500;

    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    private static readonly string[] Final =
    [
        ReleaseStates.Completed,
        ReleaseStates.Failed,
        ReleaseStates.RolledBack,
        ReleaseStates.Superseded,
    ];

    /// <summary>Forgets what is due.</summary>
    /// <returns>Of how many releases.</returns>
    public async Task<int> ForgetAsync(CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var store = scope.ServiceProvider.GetRequiredService<IngressStore>();
        var count = 0;
        foreach (
            var application in await store.Releases.Select(x => x.Application).Distinct().ToListAsync(cancellation)
        )
        {
            count += await ForgetAsync(store, application, cancellation);
        }

        await ForgetLogsAsync(store, cancellation);
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
                    logger.LogInformation("Forgot the details of {Count} old releases", count);
                }
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                logger.LogError(e, "Old releases could not be forgotten; trying again in {Interval}", Interval);
            }
        }
    }

    private async Task<int> ForgetAsync(IngressStore store, string application, CancellationToken cancellation)
    {
        var all = store.Releases.Where(x => x.Application == application);
        var tooOld = time.GetUtcNow() - options.CurrentValue.ReleaseRetention;
        var tooMany = await NthNewestAsync(options.CurrentValue.RetainedReleases);
        var kept = await NthNewestAsync(Newest);
        if (kept is null)
        {
            return 0;
        }

        var before = tooMany > tooOld ? tooMany.Value : tooOld;
        before = kept < before ? kept.Value : before;
        var targets = await store
            .Rollouts.Where(x => x.Application == application && x.State == RolloutStates.Completed)
            .OrderByDescending(x => x.StartedAt)
            .Take(RollbackTargets)
            .Select(x => x.ReleaseId)
            .ToListAsync(cancellation);
        var versions = await store
            .HostVersions.Where(x => x.Application == application && x.Version != null)
            .Select(x => x.Version!)
            .Distinct()
            .ToListAsync(cancellation);

        var count = 0;
        DateTimeOffset? from = null;
        while (true)
        {
            var candidates = await all.AsNoTracking()
                .Where(x => x.ForgottenAt == null && x.ReceivedAt <= before && Final.Contains(x.State))
                .Where(x => from == null || x.ReceivedAt > from)
                .OrderBy(x => x.ReceivedAt)
                .Take(Batch)
                .ToListAsync(cancellation);
            if (candidates.Count == 0)
            {
                return count;
            }

            from = candidates[^1].ReceivedAt;
            var ids = candidates
                .Where(x => !targets.Contains(x.Id) && !(x.Snapshot?.Version is { } it && versions.Contains(it)))
                .Select(x => x.Id)
                .ToList();
            await ForgetAsync(store, ids, cancellation);
            count += ids.Count;
        }

        async Task<DateTimeOffset?> NthNewestAsync(int n) =>
            await all.Where(x => x.ForgottenAt == null)
                .OrderByDescending(x => x.ReceivedAt)
                .Skip(n)
                .Select(x => (DateTimeOffset?)x.ReceivedAt)
                .FirstOrDefaultAsync(cancellation);
    }

    /// <summary>Past the change tracker: nobody who follows releases is to hear of it.</summary>
    private async Task ForgetAsync(IngressStore store, List<Guid> ids, CancellationToken cancellation)
    {
        ids.ForEach(logs.Remove);
        await store.Rollouts.Where(x => ids.Contains(x.ReleaseId)).ExecuteDeleteAsync(cancellation);
        var now = time.GetUtcNow();
        await store
            .Releases.Where(x => ids.Contains(x.Id))
            .ExecuteUpdateAsync(
                set => set.SetProperty(x => x.Snapshot, (ReleaseChanged?)null).SetProperty(x => x.ForgottenAt, now),
                cancellation
            );
    }

    private async Task ForgetLogsAsync(IngressStore store, CancellationToken cancellation)
    {
        foreach (var ids in logs.WrittenBefore(time.GetUtcNow() - options.CurrentValue.LogRetention).Chunk(Batch))
        {
            var running = await store
                .Releases.Where(x => ids.Contains(x.Id) && !Final.Contains(x.State))
                .Select(x => x.Id)
                .ToListAsync(cancellation);
            foreach (var id in ids.Except(running))
            {
                logs.Remove(id);
            }
        }
    }
}
