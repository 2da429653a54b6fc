using Canary.Durability.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Canary.Durability.Messaging;

/// <summary>Forgets consumed messages once no transport can deliver them again.</summary>
internal sealed class InboxCleanup<TStore>(
    IServiceScopeFactory scopes,
    StoreReadiness<TStore> readiness,
    TimeProvider time,
    ILogger<InboxCleanup<TStore>> logger
) : Cleanup<TStore>("consumed messages", scopes, readiness, time, logger)
    where TStore : ServiceDbContext
{
    private static readonly TimeSpan Retention = TimeSpan.FromDays(2);

    protected override Task<int> ForgetAsync(TStore store, CancellationToken cancellation)
    {
        var oldest = Time.GetUtcNow() - Retention;
        return store.Inbox.Where(row => row.ConsumedAt < oldest).ExecuteDeleteAsync(cancellation);
    }
}
