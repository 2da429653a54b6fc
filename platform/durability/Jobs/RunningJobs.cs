using System.Collections.Concurrent;
using Canary.Durability.Storage;

namespace Canary.Durability.Jobs;

/// <summary>The jobs at work in this process, so that they can be stopped at once.</summary>
internal sealed class RunningJobs<TStore>
    where TStore : ServiceDbContext
{
    private readonly ConcurrentDictionary<Guid, CancellationTokenSource> _jobs = new();

    public int Count => _jobs.Count;

    public IReadOnlyCollection<Guid> Ids => [.. _jobs.Keys];

    public bool TryAdd(Guid id, CancellationTokenSource cancellation) => _jobs.TryAdd(id, cancellation);

    public void Remove(Guid id) => _jobs.TryRemove(id, out _);

    public void Cancel(Guid id)
    {
        if (_jobs.TryGetValue(id, out var cancellation))
        {
            _ = cancellation.CancelAsync();
        }
    }
}
