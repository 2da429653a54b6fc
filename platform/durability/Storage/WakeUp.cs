namespace Canary.Durability.Storage;

/// <summary>Wakes a worker that sleeps until there is something to do; signals that come while it works are not lost.</summary>
internal sealed class WakeUp : IDisposable
{
    private readonly SemaphoreSlim _signal = new(0, 1);

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

    public Task WaitAsync(TimeSpan longest, CancellationToken cancellation) => _signal.WaitAsync(longest, cancellation);

    public void Dispose() => _signal.Dispose();
}
