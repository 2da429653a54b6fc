using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Canary.Durability.Storage;

/// <summary>Wakes the dispatcher and the job workers of a store once a commit has given them something to do.</summary>
internal sealed class StoreSignals<TStore>(TimeProvider time) : SaveChangesInterceptor, IDisposable
    where TStore : ServiceDbContext
{
    private readonly ConditionalWeakTable<DbContext, Pending> _pending = [];
    private readonly ConcurrentDictionary<string, Signal> _jobs = new(StringComparer.Ordinal);
    private TaskCompletionSource _told = NewTold();

    public Signal Outbox { get; } = new(time);

    /// <summary>Completes when somebody is told of something outside; then there is a next one.</summary>
    public Task Told => Volatile.Read(ref _told).Task;

    /// <summary>Called after a commit of this process with what it has given to do, so that other replicas hear of
    /// it.</summary>
    public Action<Work>? Committed { get; set; }

    /// <summary>The signal of a lane's worker: all of them are woken, since a commit does not tell whose job it is.</summary>
    public Signal JobsIn(string lane) => _jobs.GetOrAdd(lane, _ => new Signal(time));

    /// <summary>Wakes who does such work.</summary>
    public void Wake(Work work)
    {
        if (work.HasFlag(Work.Messages))
        {
            Outbox.Set();
        }

        if (work.HasFlag(Work.Jobs))
        {
            foreach (var lane in _jobs.Values)
            {
                lane.Set();
            }
        }

        if (work.HasFlag(Work.Told))
        {
            Interlocked.Exchange(ref _told, NewTold()).SetResult();
        }
    }

    /// <summary>Wakes who does such work, here and in other replicas: it has been committed.</summary>
    public void Announce(Work work)
    {
        Wake(work);
        Committed?.Invoke(work);
    }

    public override ValueTask<InterceptionResult<int>> SavingChangesAsync(
        DbContextEventData eventData,
        InterceptionResult<int> result,
        CancellationToken cancellationToken = default
    )
    {
        var changes = eventData.Context!.ChangeTracker;
        var messages = changes.Entries<OutboxMessage>().Any(entry => entry.State == EntityState.Added);
        var jobs = changes.Entries<Job>().Any(entry => entry.State is EntityState.Added or EntityState.Modified);
        _pending.AddOrUpdate(
            eventData.Context,
            new Pending((messages ? Work.Messages : Work.None) | (jobs ? Work.Jobs : Work.None))
        );
        return base.SavingChangesAsync(eventData, result, cancellationToken);
    }

    public override ValueTask<int> SavedChangesAsync(
        SaveChangesCompletedEventData eventData,
        int result,
        CancellationToken cancellationToken = default
    )
    {
        if (_pending.TryGetValue(eventData.Context!, out var pending) && pending.Work != Work.None)
        {
            Announce(pending.Work);
        }

        return base.SavedChangesAsync(eventData, result, cancellationToken);
    }

    public void Dispose()
    {
        Outbox.Dispose();
        foreach (var lane in _jobs.Values)
        {
            lane.Dispose();
        }
    }

    private static TaskCompletionSource NewTold() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed record Pending(Work Work);
}

/// <summary>What a commit gives to do.</summary>
[Flags]
internal enum Work
{
    None = 0,
    Messages = 1,
    Jobs = 2,

    /// <summary>Something may have changed outside, where whoever waits for it looks now and then.</summary>
    Told = 4,
}
