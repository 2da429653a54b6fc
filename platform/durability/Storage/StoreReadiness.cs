namespace Canary.Durability.Storage;

/// <summary>Whether the data of a service can be used: its tables are up to date. With an embedded database they are before
/// anything else starts; a database server may come later than the host.</summary>
/// <typeparam name="TStore">The service's data.</typeparam>
public sealed class StoreReadiness<TStore>
    where TStore : ServiceDbContext
{
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whether it can be used now.</summary>
    public bool IsReady => _ready.Task.IsCompleted;

    /// <summary>Waits until it can be used.</summary>
    public Task WhenReadyAsync(CancellationToken cancellation) => _ready.Task.WaitAsync(cancellation);

    internal void SetReady() => _ready.TrySetResult();
}
