namespace Canary.Contracts;

/// <summary>Why something failed, in words for people and a code for scripts.</summary>
public sealed record Failure
{
    /// <summary>Stable identifier, lower-case words joined by hyphens, for example <c>script-missing</c>.</summary>
    public required string Code { get; init; }

    /// <summary>What failed and on what, in one or two sentences. Never holds a secret.</summary>
    public required string Message { get; init; }

    /// <summary>What a person can do about it.</summary>
    public required string Remedy { get; init; }
}
