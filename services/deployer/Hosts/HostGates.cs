using System.Collections.Concurrent;

namespace Canary.Deployer.Hosts;

/// <summary>What a visit to a host is for.</summary>
/// <param name="Rollout">The rollout; <c>null</c>: convergence, outside of all rollouts.</param>
/// <param name="Step">Step of the rollout, or the application that converges.</param>
internal sealed record Purpose(Guid? Rollout, string Step)
{
    /// <summary>Whether it makes one that is there stop being patient: the next step of its own rollout, and any rollout a
    /// convergence, which comes again. Applications that share a host do not take each other's time.</summary>
    public bool Hurries(Purpose inside) =>
        Rollout is not null && inside != this && (inside.Rollout is null || inside.Rollout == Rollout);
}

/// <summary>
/// Lets one visit at a time work on a host. One that is made to hurry does not begin another try, and does not go on waiting for
/// the host to become healthy.
/// </summary>
internal sealed class HostGates
{
    private readonly ConcurrentDictionary<string, Gate> _gates = new(StringComparer.Ordinal);

    /// <param name="host">The host.</param>
    /// <param name="purpose">What the visit is for.</param>
    /// <param name="cancellation">Ends the waiting, and the visit's patience.</param>
    public async Task<Visit> EnterAsync(string host, Purpose purpose, CancellationToken cancellation)
    {
        var gate = _gates.GetOrAdd(host, _ => new Gate());
        var visit = new Visit(gate, purpose, CancellationTokenSource.CreateLinkedTokenSource(cancellation));
        if (gate.Inside is { } before && purpose.Hurries(before.Purpose))
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
    internal sealed class Visit(Gate gate, Purpose purpose, CancellationTokenSource patience) : IDisposable
    {
        private readonly Lock _lock = new();
        private bool _isOver;

        public Purpose Purpose { get; } = purpose;

        /// <summary>Cancelled when somebody waits for the host who makes it hurry.</summary>
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
