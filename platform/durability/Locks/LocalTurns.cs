using System.Collections.Concurrent;
using Canary.Durability.Storage;

namespace Canary.Durability.Locks;

/// <summary>Turns within one process.</summary>
internal sealed class LocalTurns<TStore> : ISingleActive<TStore>
    where TStore : ServiceDbContext
{
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _doors = new(StringComparer.Ordinal);

    public bool HasReplicas => false;

    public async Task<ITurn> EnterAsync(string what, CancellationToken cancellation)
    {
        var door = _doors.GetOrAdd(what, _ => new SemaphoreSlim(1));
        await door.WaitAsync(cancellation);
        return new Turn(door);
    }

    private sealed class Turn(SemaphoreSlim door) : ITurn
    {
        public Task ConfirmAsync() => Task.CompletedTask;

        public ValueTask DisposeAsync()
        {
            door.Release();
            return ValueTask.CompletedTask;
        }
    }
}
