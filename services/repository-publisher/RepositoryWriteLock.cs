using Canary.Durability.Locks;

namespace Canary.RepositoryPublisher;

/// <summary>A repository has one writer at a time, in whichever replica it is.</summary>
internal sealed class RepositoryWriteLock(IDistributedLocks<RepositoryStore> locks)
{
    /// <summary>Whether others may have written since this process last did.</summary>
    public bool HasOtherWriters => locks.HasReplicas;

    public Task<IDistributedLock> AcquireAsync(CancellationToken cancellationToken) =>
        locks.AcquireAsync("repository", cancellationToken);
}
