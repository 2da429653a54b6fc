using Canary.Durability.Locks;

namespace Canary.RepositoryPublisher.Tests.Fixtures;

/// <summary>Turns to write that somebody looks on at.</summary>
/// <param name="look">What is looked at when a turn begins, and when it ends.</param>
internal sealed class WatchedTurns(Func<bool> look) : ISingleActive<RepositoryStore>
{
    private readonly SemaphoreSlim _door = new(1);

    public List<(bool Before, bool After)> Seen { get; } = [];

    public bool HasReplicas => false;

    public async Task<ITurn> EnterAsync(string what, CancellationToken cancellation)
    {
        await _door.WaitAsync(cancellation);
        return new Turn(this, Look());
    }

    private bool Look() => look();

    private sealed class Turn(WatchedTurns turns, bool before) : ITurn
    {
        public Task ConfirmAsync() => Task.CompletedTask;

        public ValueTask DisposeAsync()
        {
            turns.Seen.Add((before, turns.Look()));
            turns._door.Release();
            return ValueTask.CompletedTask;
        }
    }
}
