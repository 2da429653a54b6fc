using Canary.Durability.Storage;

namespace Canary.Durability.Messaging;

/// <summary>
/// Messages that leave together with the next <c>SaveChanges</c> of the store of the same scope: for endpoints and background
/// work. Consumers and sagas use their own context, which does the same.
/// </summary>
/// <typeparam name="TStore">The store that commits the messages.</typeparam>
public interface IOutbox<TStore>
    where TStore : ServiceDbContext
{
    /// <summary>Publishes an event to whoever subscribes.</summary>
    void Publish<T>(T @event)
        where T : class;

    /// <summary>Sends a command to its queue.</summary>
    void Send<T>(T command)
        where T : class;

    /// <summary>Sends a command to its queue, not before a time of the <see cref="StoreClock"/>.</summary>
    void Send<T>(T command, DateTimeOffset notBefore)
        where T : class;
}

internal sealed class Outbox<TStore>(TStore store, StoreClock clock) : IOutbox<TStore>
    where TStore : ServiceDbContext
{
    public void Publish<T>(T @event)
        where T : class => store.Outbox.Add(OutboxMessage.For(@event, queue: null, clock.Now));

    public void Send<T>(T command)
        where T : class => Send(command, clock.Now);

    public void Send<T>(T command, DateTimeOffset notBefore)
        where T : class => store.Outbox.Add(OutboxMessage.For(command, Queues.Of(command.GetType()), notBefore));
}
