namespace Canary.Durability.Storage;

/// <summary>Marks a message that a saga sends to itself, for later: nobody else asks for what it asks.</summary>
#pragma warning disable CA1040 // A marker is exactly what is meant.
public interface ISagaTimer;
#pragma warning restore CA1040
