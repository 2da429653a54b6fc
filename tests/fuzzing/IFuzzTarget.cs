namespace Canary.Fuzzing.Tests;

/// <summary>What became of an input.</summary>
/// <param name="Outcome">In a few words that many inputs have in common: a new one is worth going on from.</param>
/// <param name="Judge">Looks whether what was accepted is right, and throws what is not; <c>null</c>: it was refused.</param>
internal sealed record Reading(string Outcome, Action? Judge = null);

/// <summary>Something that reads what others wrote.</summary>
internal interface IFuzzTarget : IDisposable
{
    string Name { get; }

    /// <summary>Valid inputs, and others worth beginning with.</summary>
    IReadOnlyList<byte[]> Seeds { get; }

    /// <summary>Makes a new input, of one of those that there are or of nothing.</summary>
    byte[] Vary(IReadOnlyList<byte[]> inputs, Random random);

    /// <summary>Reads an input. Throws nothing: refusals that the reader documents are outcomes.</summary>
    Reading Read(byte[] input);
}
