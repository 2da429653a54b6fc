using Canary.Contracts;

namespace Canary.Failures;

/// <summary>An error that a person can act on: what failed, on what, and what to do.</summary>
/// <param name="code">Stable identifier for scripts, lower-case words joined by hyphens.</param>
/// <param name="message">What failed, on what. Never holds a secret.</param>
/// <param name="remedy">What a person can do about it.</param>
/// <param name="innerException">The cause, for the log.</param>
public sealed class CanaryException(string code, string message, string remedy, Exception? innerException = null)
    : Exception(message, innerException)
{
    /// <summary>Stable identifier for scripts.</summary>
    public string Code { get; } = code;

    /// <summary>What a person can do about it.</summary>
    public string Remedy { get; } = remedy;

    /// <summary>The same as part of a message.</summary>
    public Failure ToFailure() =>
        new()
        {
            Code = Code,
            Message = Message,
            Remedy = Remedy,
        };
}
