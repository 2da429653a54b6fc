using System.Runtime.CompilerServices;
using Canary.Hosting.Jobs;
using Canary.Hosting.Messaging;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Canary.Hosting.Storage;

/// <summary>Wakes the dispatcher and the job worker of a store once a commit has given them something to do.</summary>
internal sealed class StoreSignals<TStore> : SaveChangesInterceptor, IDisposable
    where TStore : ServiceDbContext
{
    private readonly ConditionalWeakTable<DbContext, Pending> _pending = [];

    public WakeUp Outbox { get; } = new();

    public WakeUp Jobs { get; } = new();

    public override ValueTask<InterceptionResult<int>> SavingChangesAsync(
        DbContextEventData eventData,
        InterceptionResult<int> result,
        CancellationToken cancellationToken = default
    )
    {
        var context = eventData.Context!;
        _pending.AddOrUpdate(
            context,
            new Pending(
                context.ChangeTracker.Entries<OutboxMessage>().Any(IsNew),
                context
                    .ChangeTracker.Entries<Job>()
                    .Any(entry => entry.State is EntityState.Added or EntityState.Modified)
            )
        );
        return base.SavingChangesAsync(eventData, result, cancellationToken);

        static bool IsNew(Microsoft.EntityFrameworkCore.ChangeTracking.EntityEntry entry) =>
            entry.State == EntityState.Added;
    }

    public override ValueTask<int> SavedChangesAsync(
        SaveChangesCompletedEventData eventData,
        int result,
        CancellationToken cancellationToken = default
    )
    {
        if (_pending.TryGetValue(eventData.Context!, out var pending))
        {
            if (pending.Outbox)
            {
                Outbox.Set();
            }

            if (pending.Jobs)
            {
                Jobs.Set();
            }
        }

        return base.SavedChangesAsync(eventData, result, cancellationToken);
    }

    public void Dispose()
    {
        Outbox.Dispose();
        Jobs.Dispose();
    }

    private sealed record Pending(bool Outbox, bool Jobs);
}
