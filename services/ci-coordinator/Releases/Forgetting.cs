using Canary.Contracts.Releases;
using Canary.Durability.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Canary.CiCoordinator.Releases;

/// <summary>
/// Forgets releases that ended long ago. Their place among the releases of the application stays, so that a message of one that comes
/// again begins nothing. Never forgotten are the newest of an application and what was published last: it may be deployed again.
/// </summary>
internal sealed class Forgetting(
    IServiceScopeFactory scopes,
    StoreReadiness<ReleaseStore> readiness,
    IOptionsMonitor<ReleaseOptions> options,
    TimeProvider time,
    ILogger<Forgetting> logger
) : Cleanup<ReleaseStore>("old releases", scopes, readiness, time, logger)
{
    /// <summary>Releases of an application whose package can be deployed again, however old they are.</summary>
    private const int Published = 50;

    private const int Batch = 500;

    protected override async Task<int> ForgetAsync(ReleaseStore store, CancellationToken cancellation)
    {
        var kept = await KeptAsync(store, cancellation);
        var before = Time.GetUtcNow() - options.CurrentValue.Retention;
        var due = await store
            .Releases.Where(release =>
                ReleaseStates.Final.Contains(release.CurrentState) && release.FinishedAt < before
            )
            .Select(release => release.CorrelationId)
            .ToListAsync(cancellation);
        var count = 0;
        foreach (var ids in due.Except(kept).Chunk(Batch))
        {
            await using var transaction = await store.Database.BeginTransactionAsync(cancellation);
            await store
                .Admissions.Where(admission => ids.Contains(admission.ReleaseId))
                .ExecuteUpdateAsync(set => set.SetProperty(it => it.IsForgotten, true), cancellation);
            count += await store
                .Releases.Where(release => ids.Contains(release.CorrelationId))
                .ExecuteDeleteAsync(cancellation);
            await transaction.CommitAsync(cancellation);
        }

        return count;
    }

    private static async Task<IReadOnlySet<Guid>> KeptAsync(ReleaseStore store, CancellationToken cancellation)
    {
        var kept = new HashSet<Guid>();
        foreach (var lane in await store.Lanes.AsNoTracking().ToListAsync(cancellation))
        {
            kept.UnionWith(new[] { lane.NewestReleaseId, lane.HeadReleaseId }.OfType<Guid>());
            kept.UnionWith(
                await store
                    .Admissions.Where(admission => admission.Application == lane.Application)
                    .Join(
                        store.Releases.Where(release => release.Package != null),
                        admission => admission.ReleaseId,
                        release => release.CorrelationId,
                        (admission, _) => admission
                    )
                    .OrderByDescending(admission => admission.Number)
                    .Select(admission => admission.ReleaseId)
                    .Take(Published)
                    .ToListAsync(cancellation)
            );
        }

        return kept;
    }
}
