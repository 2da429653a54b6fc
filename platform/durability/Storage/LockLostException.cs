namespace Canary.Durability.Storage;

/// <summary>A lock was lost: the database was unavailable, or this process was frozen for long. What was done in it starts
/// over.</summary>
public sealed class LockLostException(string what, Exception? innerException = null)
    : Exception($"The lock of {what} was lost; the work starts over.", innerException);
