namespace Canary.RepositoryPublisher.Packages.Archives;

/// <summary>Unpacks one kind of compressed data, piece by piece, and never takes a byte beyond its end.</summary>
internal interface IDecoder : IDisposable
{
    /// <summary>Whether more of the same may follow the end, as dpkg reads it.</summary>
    bool HasParts { get; }

    /// <summary>Unpacks as much as both allow.</summary>
    /// <returns>Whether the compressed data has ended.</returns>
    /// <exception cref="InvalidDataException">It is not what it should be.</exception>
    bool Decode(ReadOnlySpan<byte> input, Span<byte> output, out int read, out int written);

    /// <summary>Begins the next part.</summary>
    void Restart();
}
