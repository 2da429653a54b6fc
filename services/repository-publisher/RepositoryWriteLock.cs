using Canary.Durability.Locks;

namespace Canary.RepositoryPublisher;

/// <summary>A repository has one writer at a time, in whichever replica it is.</summary>
internal sealed class RepositoryWriteLock(ISingleActive<RepositoryStore> replicas)
{
    /// <summary>Whether others may have written since this process last did.</summary>
    public bool HasOtherWriters => replicas.HasReplicas;

    public Task<ITurn> AcquireAsync(CancellationToken cancellationToken) =>
        replicas.EnterAsync("repository", cancellationToken);
}
