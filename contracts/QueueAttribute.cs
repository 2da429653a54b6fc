namespace Canary.Contracts;

/// <summary>
/// Marks a record as a command and names the queue that it is sent to. A record without it is an event: whoever wants it
/// subscribes to its type.
/// </summary>
/// <param name="name">Queue name: lower-case words joined by hyphens, the service that consumes it first.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class QueueAttribute(string name) : Attribute
{
    /// <summary>Queue name: lower-case words joined by hyphens.</summary>
    public string Name { get; } = name;
}
