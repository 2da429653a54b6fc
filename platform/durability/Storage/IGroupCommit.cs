using Microsoft.EntityFrameworkCore;

namespace Canary.Durability.Storage;

/// <summary>
/// Commits new rows and events that come in hundreds, at a fraction of what each costs by <c>SaveChanges</c>: nothing of them
/// is tracked, and each table gets its rows by one statement.
/// </summary>
/// <typeparam name="TStore">The store that they belong to.</typeparam>
public interface IGroupCommit<TStore>
    where TStore : ServiceDbContext
{
    /// <summary>Adds a row of one of the store's tables.</summary>
    void Add(object row);

    /// <summary>Publishes an event to whoever subscribes.</summary>
    void Publish<T>(T @event)
        where T : class;

    /// <summary>Commits all that was added, or nothing of it.</summary>
    /// <exception cref="DbUpdateException">A row conflicts with one that is there, or cannot be stored.</exception>
    Task CommitAsync(CancellationToken cancellation);
}

internal sealed class GroupCommit<TStore>(
    TStore store,
    IStorage storage,
    StoreSignals<TStore> signals,
    StoreClock clock
) : IGroupCommit<TStore>
    where TStore : ServiceDbContext
{
    private readonly List<object> _rows = [];

    public void Add(object row) => _rows.Add(row);

    public void Publish<T>(T @event)
        where T : class => _rows.Add(OutboxMessage.For(@event, queue: null, clock.Now));

    public async Task CommitAsync(CancellationToken cancellation)
    {
        await storage.InsertAsync(store, _rows, cancellation);
        signals.Announce(Work.Messages);
    }
}
