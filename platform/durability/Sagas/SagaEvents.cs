using System.Reflection;
using Canary.Contracts;
using Canary.Durability.Storage;
using MassTransit;

namespace Canary.Durability.Sagas;

/// <summary>Tells the events of a state machine apart.</summary>
public static class SagaEvents
{
    /// <summary>Whether it is a command of somebody else: a saga that drops one has said yes and done nothing. What a saga sends to
    /// itself is none.</summary>
    public static bool IsCommand(Event happened) =>
        MessageOf(happened) is { } message
        && message.GetCustomAttribute<QueueAttribute>() is not null
        && !message.IsAssignableTo(typeof(ISagaTimer));

    /// <summary>The message that raises an event; <c>null</c>: none does.</summary>
    public static Type? MessageOf(Event happened)
    {
        ArgumentNullException.ThrowIfNull(happened);

        return happened
            .GetType()
            .GetInterfaces()
            .FirstOrDefault(type => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Event<>))
            ?.GetGenericArguments()[0];
    }
}
