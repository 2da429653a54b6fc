using System.Collections.Concurrent;
using Canary.Durability.Storage;

namespace Canary.Durability.Locks;

/// <summary>Turns within one process.</summary>
internal sealed class LocalLocks<TStore> : IDistributedLocks<TStore>
    where TStore : ServiceDbContext
{
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _doors = new(StringComparer.Ordinal);

    public bool HasReplicas => false;

    public async Task<IDistributedLock> AcquireAsync(string what, CancellationToken cancellation)
    {
        var door = DoorOf(what);
        await door.WaitAsync(cancellation);
        return new Held(door);
    }

    public async Task<IDistributedLock?> TryAcquireAsync(string what, CancellationToken cancellation)
    {
        var door = DoorOf(what);
        return await door.WaitAsync(TimeSpan.Zero, cancellation) ? new Held(door) : null;
    }

    private SemaphoreSlim DoorOf(string what) => _doors.GetOrAdd(what, _ => new SemaphoreSlim(1));

    private sealed class Held(SemaphoreSlim door) : IDistributedLock
    {
        public Task ConfirmAsync() => Task.CompletedTask;

        public ValueTask DisposeAsync()
        {
            door.Release();
            return ValueTask.CompletedTask;
        }
    }
}
