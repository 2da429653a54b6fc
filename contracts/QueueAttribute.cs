namespace Canary.Contracts;

/// <summary>
/// Names the queue that a command is sent to. A command without it goes to the queue named like the command itself
/// (<c>BuildPackage</c>: <c>build-package</c>). Events have no queue: whoever wants one subscribes to its type.
/// </summary>
/// <param name="name">Queue name: lower-case words joined by hyphens.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class QueueAttribute(string name) : Attribute
{
    /// <summary>Queue name: lower-case words joined by hyphens.</summary>
    public string Name { get; } = name;
}
