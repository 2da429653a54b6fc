namespace Canary.Durability.Storage;

/// <summary>A turn was lost: the database was away, or this process was frozen for long. What was done in it starts
/// over.</summary>
public sealed class TurnLostException(string what, Exception? innerException = null)
    : Exception($"The turn to work alone on {what} was lost; the work starts over.", innerException);
