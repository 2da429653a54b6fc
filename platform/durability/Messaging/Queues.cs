using System.Reflection;
using Canary.Contracts;

namespace Canary.Durability.Messaging;

/// <summary>Where commands go.</summary>
public static class Queues
{
    /// <summary>Name of the queue of a command.</summary>
    /// <exception cref="InvalidOperationException">The type is not a command: it carries no
    /// <see cref="QueueAttribute"/>.</exception>
    public static string Of(Type command) =>
        TryOf(command)
        ?? throw new InvalidOperationException($"{command} is not a command: it has no {nameof(QueueAttribute)}.");

    /// <summary>Address of the queue of a command, on whatever transport is in use.</summary>
    public static Uri AddressOf(Type command) => new($"queue:{Of(command)}");

    internal static string? TryOf(Type message)
    {
        ArgumentNullException.ThrowIfNull(message);

        return message.GetCustomAttribute<QueueAttribute>()?.Name;
    }
}
