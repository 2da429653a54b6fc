namespace Canary.Durability.Storage;

/// <summary>Wakes a worker that sleeps until there is something to do; signals that come while it works are not lost, and one is as
/// good as many.</summary>
/// <param name="time">The clock that it sleeps by.</param>
public sealed class Signal(TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim _signal = new(0, 1);

    /// <summary>Wakes the worker, or keeps it from falling asleep.</summary>
    public void Set()
    {
        try
        {
            _signal.Release();
        }
        catch (SemaphoreFullException)
        {
            // One signal is as good as many.
        }
    }

    /// <summary>Sleeps until there is a signal.</summary>
    /// <param name="longest">Longest time to sleep.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>Whether there was a signal.</returns>
    public async Task<bool> WaitAsync(TimeSpan longest, CancellationToken cancellation)
    {
        // A semaphore of its own would sleep by the clock of the machine.
        using var limit = new CancellationTokenSource(longest, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        var signal = _signal.WaitAsync(either.Token);
        await signal.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellation.ThrowIfCancellationRequested();
        return signal.IsCompletedSuccessfully;
    }

    /// <inheritdoc/>
    public void Dispose() => _signal.Dispose();
}
