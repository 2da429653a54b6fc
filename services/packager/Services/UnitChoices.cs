namespace Canary.Packager.Services;

/// <summary>What the key <c>units</c> says of the repository's own units.</summary>
internal sealed record UnitChoices
{
    /// <summary>Whether they are installed.</summary>
    public bool Install { get; init; } = true;

    /// <summary>Those that differ, by their names.</summary>
    public IReadOnlyDictionary<string, UnitChoice> Units { get; init; } = new Dictionary<string, UnitChoice>();
}

/// <summary>What happens to one unit.</summary>
internal sealed record UnitChoice
{
    /// <summary>Whether it starts with the host.</summary>
    public bool Enable { get; init; } = true;

    /// <summary>Whether the installation starts it.</summary>
    public bool Start { get; init; } = true;

    /// <summary>Whether another version starts it again.</summary>
    public bool RestartOnUpgrade { get; init; } = true;
}
