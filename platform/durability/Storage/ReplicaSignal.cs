namespace Canary.Durability.Storage;

/// <summary>Wakes whoever waits for something outside of the store, in every replica of the service. It is a hint: one that is lost
/// costs no more than the time until they look by themselves.</summary>
/// <typeparam name="TStore">The store of the service.</typeparam>
public sealed class ReplicaSignal<TStore>
    where TStore : ServiceDbContext
{
    private readonly StoreSignals<TStore> _signals;

    internal ReplicaSignal(StoreSignals<TStore> signals) => _signals = signals;

    /// <summary>Completes at the next signal. Taken before a look, it misses none that comes after it.</summary>
    public Task Next => _signals.Told;

    /// <summary>Gives the signal.</summary>
    public void Send() => _signals.Announce(Work.Told);
}
