namespace Canary.Contracts;

/// <summary>Marks a record as an event that the world outside is told of as well.</summary>
public interface IEvent
{
    /// <summary>What the event is about; <c>null</c>: not about one thing.</summary>
    string? Subject => null;
}

/// <summary>Marks a record as an event about one application.</summary>
public interface IApplicationEvent : IEvent
{
    /// <summary>Name of the application.</summary>
    string Application { get; }

#pragma warning disable CA1033 // An event about an application says so once.
    string? IEvent.Subject => Application;
#pragma warning restore CA1033
}
