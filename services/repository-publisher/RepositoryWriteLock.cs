namespace Canary.RepositoryPublisher;

/// <summary>A repository has one writer at a time.</summary>
internal sealed class RepositoryWriteLock : IDisposable
{
    private readonly SemaphoreSlim _semaphore = new(1);

    public async Task<IDisposable> AcquireAsync(CancellationToken cancellationToken)
    {
        await _semaphore.WaitAsync(cancellationToken);
        return new Hold(_semaphore);
    }

    public void Dispose() => _semaphore.Dispose();

    private sealed class Hold(SemaphoreSlim semaphore) : IDisposable
    {
        public void Dispose() => semaphore.Release();
    }
}
