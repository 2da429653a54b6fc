using Canary.Durability.Storage;

namespace Canary.Durability.Locks;

/// <summary>Lets one replica of a service at a time do what several must not do at once.</summary>
/// <typeparam name="TStore">The service's data, which its replicas share.</typeparam>
public interface ISingleActive<TStore>
    where TStore : ServiceDbContext
{
    /// <summary>Whether there can be other replicas; if not, a turn is only kept from others in this process.</summary>
    bool HasReplicas { get; }

    /// <summary>Waits for its turn. Dispose ends it; so does the end of the process, and half a minute without a sign of life
    /// from it.</summary>
    /// <param name="what">What there is one turn for at a time, for example <c>host/web-1</c>.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    Task<ITurn> EnterAsync(string what, CancellationToken cancellation);
}

/// <summary>The right to do something alone.</summary>
public interface ITurn : IAsyncDisposable
{
    /// <summary>Makes certain that the turn is still this process's, before a step that cannot be undone.</summary>
    /// <exception cref="TurnLostException">It was lost, to somebody who may be at work already.</exception>
    Task ConfirmAsync();
}
