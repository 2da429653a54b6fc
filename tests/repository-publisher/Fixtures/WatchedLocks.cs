using Canary.Durability.Locks;

namespace Canary.RepositoryPublisher.Tests.Fixtures;

/// <summary>Turns to write that somebody looks on at.</summary>
/// <param name="look">What is looked at when a lock is taken, and when it ends.</param>
internal sealed class WatchedLocks(Func<bool> look) : IDistributedLocks<RepositoryStore>
{
    private readonly SemaphoreSlim _door = new(1);

    public List<(bool Before, bool After)> Seen { get; } = [];

    public bool HasReplicas => false;

    public async Task<IDistributedLock> AcquireAsync(string what, CancellationToken cancellation)
    {
        await _door.WaitAsync(cancellation);
        return new Held(this, Look());
    }

    public async Task<IDistributedLock?> TryAcquireAsync(string what, CancellationToken cancellation) =>
        await _door.WaitAsync(TimeSpan.Zero, cancellation) ? new Held(this, Look()) : null;

    private bool Look() => look();

    private sealed class Held(WatchedLocks locks, bool before) : IDistributedLock
    {
        public Task ConfirmAsync() => Task.CompletedTask;

        public ValueTask DisposeAsync()
        {
            locks.Seen.Add((before, locks.Look()));
            locks._door.Release();
            return ValueTask.CompletedTask;
        }
    }
}
