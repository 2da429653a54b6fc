using MassTransit;

namespace Canary.Durability.Messaging;

/// <summary>Sending in the words of the contracts.</summary>
public static class MessagingExtensions
{
    /// <summary>Sends a command to its queue.</summary>
    public static async Task SendCommand<T>(this ConsumeContext context, T command)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(context);

        var endpoint = await context.GetSendEndpoint(Queues.AddressOf(typeof(T)));
        await endpoint.Send(command, context.CancellationToken);
    }

    /// <summary>Sends a command to its queue.</summary>
    public static EventActivityBinder<TSaga, TMessage> SendCommand<TSaga, TMessage, TCommand>(
        this EventActivityBinder<TSaga, TMessage> binder,
        Func<BehaviorContext<TSaga, TMessage>, TCommand> command
    )
        where TSaga : class, SagaStateMachineInstance
        where TMessage : class
        where TCommand : class
    {
        ArgumentNullException.ThrowIfNull(binder);
        ArgumentNullException.ThrowIfNull(command);

        return binder.ThenAsync(context => context.SendCommand(command(context)));
    }

    /// <summary>Publishes an event to whoever subscribes.</summary>
    public static EventActivityBinder<TSaga, TMessage> PublishEvent<TSaga, TMessage, TEvent>(
        this EventActivityBinder<TSaga, TMessage> binder,
        Func<BehaviorContext<TSaga, TMessage>, TEvent> @event
    )
        where TSaga : class, SagaStateMachineInstance
        where TMessage : class
        where TEvent : class
    {
        ArgumentNullException.ThrowIfNull(binder);
        ArgumentNullException.ThrowIfNull(@event);

        return binder.ThenAsync(context => context.Publish(@event(context), context.CancellationToken));
    }
}
