namespace Canary.Fuzzing.Tests;

/// <summary>Something that reads text.</summary>
/// <param name="name">Name of the target.</param>
/// <param name="words">Pieces that mean something to the reader.</param>
/// <param name="seeds">Inputs to begin with.</param>
internal abstract class TextTarget(string name, string[] words, string[] seeds) : IFuzzTarget
{
    private readonly byte[][] _words = [.. words.Select(Latin1.Bytes)];

    public string Name => name;

    public IReadOnlyList<byte[]> Seeds { get; } = [.. seeds.Select(Latin1.Bytes)];

    public byte[] Vary(IReadOnlyList<byte[]> inputs, Random random) => Mutation.Of(inputs, _words, random);

    public abstract Reading Read(byte[] input);

    public virtual void Dispose() { }
}
