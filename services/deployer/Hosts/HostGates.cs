using System.Collections.Concurrent;

namespace Canary.Deployer.Hosts;

/// <summary>
/// Lets one update at a time work on a host. A newcomer with another purpose makes the one inside stop being patient:
/// it does not begin another try, and does not go on waiting for the host to become healthy. A repeat of the same purpose
/// just waits.
/// </summary>
internal sealed class HostGates
{
    private readonly ConcurrentDictionary<string, Gate> _gates = new(StringComparer.Ordinal);

    /// <param name="host">The host.</param>
    /// <param name="purpose">What the visit is for.</param>
    /// <param name="cancellation">Ends the waiting, and the visit's patience.</param>
    public async Task<Visit> EnterAsync(string host, string purpose, CancellationToken cancellation)
    {
        var gate = _gates.GetOrAdd(host, _ => new Gate());
        var visit = new Visit(gate, purpose, CancellationTokenSource.CreateLinkedTokenSource(cancellation));
        if (gate.Inside is { } before && before.Purpose != purpose)
        {
            await before.HurryAsync();
        }

        try
        {
            await gate.Door.WaitAsync(cancellation);
        }
        catch
        {
            visit.Forget();
            throw;
        }

        gate.Inside = visit;
        return visit;
    }

    internal sealed class Gate
    {
        public SemaphoreSlim Door { get; } = new(1, 1);

        public volatile Visit? Inside;
    }

    /// <summary>One update at work on a host.</summary>
    internal sealed class Visit(Gate gate, string purpose, CancellationTokenSource patience) : IDisposable
    {
        private readonly Lock _lock = new();
        private bool _isOver;

        public string Purpose { get; } = purpose;

        /// <summary>Cancelled when somebody else waits for the host.</summary>
        public CancellationToken Patience { get; } = patience.Token;

        public Task HurryAsync()
        {
            lock (_lock)
            {
                return _isOver ? Task.CompletedTask : patience.CancelAsync();
            }
        }

        public void Dispose()
        {
            gate.Inside = null;
            Forget();
            gate.Door.Release();
        }

        internal void Forget()
        {
            lock (_lock)
            {
                _isOver = true;
                patience.Dispose();
            }
        }
    }
}
