using System.Collections.Concurrent;

namespace Canary.Deployer.Hosts;

/// <summary>Lets one update at a time work on a host. A newcomer makes the one inside stop being patient: it does not begin
/// another try, and does not go on waiting for a host to become well.</summary>
internal sealed class HostGates
{
    private readonly ConcurrentDictionary<string, Gate> _gates = new(StringComparer.Ordinal);

    public async Task<Visit> EnterAsync(string host, CancellationToken cancellation)
    {
        var gate = _gates.GetOrAdd(host, _ => new Gate());
        var visit = new Visit(gate, CancellationTokenSource.CreateLinkedTokenSource(cancellation));
        if (gate.Inside is { } before)
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
    internal sealed class Visit(Gate gate, CancellationTokenSource patience) : IDisposable
    {
        private readonly Lock _lock = new();
        private bool _isOver;

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
