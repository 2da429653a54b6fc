namespace Canary.Packager.Output;

/// <summary>What a commit says about the files that its build makes.</summary>
internal sealed record OutputMetadata
{
    /// <summary>Patterns of those that the package holds.</summary>
    public IReadOnlyList<string> Include { get; init; } = [];

    /// <summary>Whether the package holds nothing else.</summary>
    public bool Only { get; init; }

    /// <summary>Patterns of programs that are data: they say nothing of the hosts that the package is for.</summary>
    public IReadOnlyList<string> Foreign { get; init; } = [];
}
