using Canary.Durability.Storage;

namespace Canary.Durability.Locks;

/// <summary>Lets one replica of a service at a time do what several must not do at once.</summary>
/// <typeparam name="TStore">The service's data, which its replicas share.</typeparam>
public interface IDistributedLocks<TStore>
    where TStore : ServiceDbContext
{
    /// <summary>Whether there can be other replicas; if not, a lock only holds within this process.</summary>
    bool HasReplicas { get; }

    /// <summary>Waits for the lock. Dispose ends it; so does the end of the process, and half a minute without a sign of life
    /// from it.</summary>
    /// <param name="what">What is locked, for example <c>host/web-1</c>.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    Task<IDistributedLock> AcquireAsync(string what, CancellationToken cancellation);

    /// <summary>Takes the lock if it is free: whoever gets it knows that nobody is at work.</summary>
    /// <param name="what">What is locked.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns><c>null</c>: somebody has it.</returns>
    Task<IDistributedLock?> TryAcquireAsync(string what, CancellationToken cancellation);
}

/// <summary>The right to do something alone.</summary>
public interface IDistributedLock : IAsyncDisposable
{
    /// <summary>Makes certain that this process still has the lock, before a step that cannot be undone.</summary>
    /// <exception cref="LockLostException">It was lost, to somebody who may be at work already.</exception>
    Task ConfirmAsync();
}
