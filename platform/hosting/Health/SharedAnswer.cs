namespace Canary.Hosting.Health;

/// <summary>An answer that is costly to find: it is looked for once at a time, and all who ask meanwhile share it.</summary>
/// <param name="find">Finds it.</param>
/// <param name="time">Measures its age.</param>
/// <param name="stopping">Ends the search: none of those who ask does, since others wait for it too.</param>
/// <typeparam name="T">What it is.</typeparam>
public sealed class SharedAnswer<T>(
    Func<CancellationToken, Task<T>> find,
    TimeProvider time,
    CancellationToken stopping
)
{
    private readonly Lock _gate = new();

    private Task<T>? _latest;

    private long _foundAt;

    /// <summary>The answer that is being looked for, or the one that was found, or else a new one.</summary>
    /// <param name="oldest">How long ago it may have been found.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public Task<T> GetAsync(TimeSpan oldest, CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (_latest is null || !MayBeShared(_latest, oldest))
            {
                _latest = Task.Run(FindAsync, stopping);
            }

            return _latest.WaitAsync(cancellation);
        }
    }

    private bool MayBeShared(Task<T> latest, TimeSpan oldest) =>
        !latest.IsCompleted || (latest.IsCompletedSuccessfully && time.GetElapsedTime(_foundAt) < oldest);

    private async Task<T> FindAsync()
    {
        var found = await find(stopping);
        _foundAt = time.GetTimestamp();
        return found;
    }
}
