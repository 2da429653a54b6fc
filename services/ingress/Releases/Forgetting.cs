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
) : Cleanup<IngressStore>("details of old releases", scopes, readiness, time, logger)
{
    /// <summary>Newest releases of an application that are kept, however old they are.</summary>
    private const int Newest = 10;

    /// <summary>Completed rollouts of an application, and versions of it on hosts, that a rollback may lead to: the
    /// publisher lists the running version and five before it unless told otherwise.</summary>
    private const int RollbackTargets = 10;

    private const int Batch = 500;

    protected override async Task<int> ForgetAsync(IngressStore store, CancellationToken cancellation)
    {
        var count = 0;
        foreach (
            var application in await store.Releases.Select(x => x.Application).Distinct().ToListAsync(cancellation)
        )
        {
            count += await ForgetAsync(store, application, cancellation);
        }

        await ForgetLogsAsync(store, cancellation);
        var tooOld = Time.GetUtcNow() - options.CurrentValue.AuditRetention;
        await store.Audit.Where(x => x.DecidedAt < tooOld).ExecuteDeleteAsync(cancellation);
        await ForgetAlarmsAsync(store, cancellation);
        await ForgetPullRequestsAsync(store, cancellation);
        await store.EnrolmentTokens.Where(x => x.IssuedAt < tooOld).ExecuteDeleteAsync(cancellation);
        return count;
    }

    private async Task ForgetAlarmsAsync(IngressStore store, CancellationToken cancellation)
    {
        var tooOld = Time.GetUtcNow() - options.CurrentValue.Alarms.Retention;
        await store.Alarms.Where(x => !x.IsFiring && x.ChangedAt < tooOld).ExecuteDeleteAsync(cancellation);
        await store.AlarmDrills.Where(x => x.SentAt < tooOld).ExecuteDeleteAsync(cancellation);
    }

    /// <summary>Their logs go with those of releases.</summary>
    private async Task ForgetPullRequestsAsync(IngressStore store, CancellationToken cancellation)
    {
        var tooOld = Time.GetUtcNow() - options.CurrentValue.ReleaseRetention;
        await store.PullRequestBuilds.Where(x => x.EndedAt < tooOld).ExecuteDeleteAsync(cancellation);
        await store.PullRequests.Where(x => !x.IsOpen && x.ChangedAt < tooOld).ExecuteDeleteAsync(cancellation);
    }

    private async Task<int> ForgetAsync(IngressStore store, string application, CancellationToken cancellation)
    {
        var all = store.Releases.Where(x => x.Application == application);
        if (await NthNewestAsync(Newest) is not { } newest)
        {
            return 0;
        }

        var tooMany = await NthNewestAsync(options.CurrentValue.RetainedReleases);
        var tooOld = Time.GetUtcNow() - options.CurrentValue.ReleaseRetention;
        var targets = await store
            .Rollouts.Where(x => x.Application == application && x.State == RolloutStates.Completed)
            .OrderByDescending(x => x.Number)
            .Take(RollbackTargets)
            .Select(x => x.ReleaseId)
            .ToListAsync(cancellation);
        var versions = await store
            .HostVersions.Where(x => x.Application == application && x.Version != null)
            .Select(x => x.Version!)
            .Distinct()
            .ToListAsync(cancellation);

        var count = 0;
        var last = 0L;
        while (true)
        {
            var candidates = await all.AsNoTracking()
                .Where(x => x.ForgottenAt == null && ReleaseStates.Final.Contains(x.State))
                .Where(x => x.Arrival <= newest && (x.Arrival <= tooMany || x.ReceivedAt <= tooOld))
                .Where(x => x.Arrival > last)
                .OrderBy(x => x.Arrival)
                .Take(Batch)
                .ToListAsync(cancellation);
            if (candidates.Count == 0)
            {
                return count;
            }

            last = candidates[^1].Arrival;
            var ids = candidates
                .Where(x => !targets.Contains(x.Id) && !(x.Snapshot?.Version is { } it && versions.Contains(it)))
                .Select(x => x.Id)
                .ToList();
            await ForgetAsync(store, ids, cancellation);
            count += ids.Count;
        }

        async Task<long?> NthNewestAsync(int n) =>
            await all.Where(x => x.ForgottenAt == null)
                .OrderByDescending(x => x.Arrival)
                .Skip(n)
                .Select(x => (long?)x.Arrival)
                .FirstOrDefaultAsync(cancellation);
    }

    /// <summary>Past the change tracker: nobody who follows releases is to hear of it.</summary>
    private async Task ForgetAsync(IngressStore store, List<Guid> ids, CancellationToken cancellation)
    {
        ids.ForEach(logs.Remove);
        await store.Rollouts.Where(x => ids.Contains(x.ReleaseId)).ExecuteDeleteAsync(cancellation);
        await store.Notifications.Where(x => ids.Contains(x.ReleaseId)).ExecuteDeleteAsync(cancellation);
        var now = Time.GetUtcNow();
        await store
            .Releases.Where(x => ids.Contains(x.Id))
            .ExecuteUpdateAsync(
                set => set.SetProperty(x => x.Snapshot, (ReleaseChanged?)null).SetProperty(x => x.ForgottenAt, now),
                cancellation
            );
    }

    private async Task ForgetLogsAsync(IngressStore store, CancellationToken cancellation)
    {
        foreach (var ids in logs.WrittenBefore(Time.GetUtcNow() - options.CurrentValue.LogRetention).Chunk(Batch))
        {
            var running = await store
                .Releases.Where(x => ids.Contains(x.Id) && !ReleaseStates.Final.Contains(x.State))
                .Select(x => x.Id)
                .ToListAsync(cancellation);
            var building = await store
                .PullRequestBuilds.Where(x => ids.Contains(x.Id) && x.EndedAt == null)
                .Select(x => x.Id)
                .ToListAsync(cancellation);
            foreach (var id in ids.Except(running).Except(building))
            {
                logs.Remove(id);
            }
        }
    }
}
