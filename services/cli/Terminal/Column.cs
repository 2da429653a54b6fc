namespace Canary.Cli.Terminal;

/// <summary>A column of a listing.</summary>
/// <param name="Name">What stands above it.</param>
/// <param name="Spare">In which order columns leave where the terminal is narrow, the lowest first; 0: it stays.</param>
internal sealed record Column(string Name, int Spare = 0)
{
    /// <summary>Whether its text goes on in the next line, where that of others is shortened.</summary>
    public bool Wraps { get; init; }

    public static implicit operator Column(string name) => new(name);
}
