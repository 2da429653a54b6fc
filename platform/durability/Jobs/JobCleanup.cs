using Canary.Durability.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Canary.Durability.Jobs;

/// <summary>Forgets jobs that have ended long ago: nobody asks for their outcome any more.</summary>
internal sealed class JobCleanup<TStore>(
    IServiceScopeFactory scopes,
    StoreReadiness<TStore> readiness,
    IOptionsMonitor<JobOptions> options,
    TimeProvider time,
    ILogger<JobCleanup<TStore>> logger
) : Cleanup<TStore>("jobs that have ended", scopes, readiness, time, logger)
    where TStore : ServiceDbContext
{
    protected override Task<int> ForgetAsync(TStore store, CancellationToken cancellation)
    {
        var oldest = Time.GetUtcNow() - options.Get(typeof(TStore).FullName).Retention;
        return store
            .Jobs.Where(job => job.State == JobState.Finished || job.State == JobState.Cancelled)
            .Where(job => job.CreatedAt < oldest)
            .ExecuteDeleteAsync(cancellation);
    }
}
