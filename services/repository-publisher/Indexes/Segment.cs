using System.Collections.Immutable;
using System.IO.Compression;
using System.Security.Cryptography;

namespace Canary.RepositoryPublisher.Indexes;

/// <summary>One package's paragraph in an index, and its place there.</summary>
internal sealed record IndexEntry(long Sequence, ReadOnlyMemory<byte> Stanza);

/// <summary>
/// A run of an index's paragraphs, compressed on its own: gzip members that stand one after another are one gzip file.
/// With it the two checksums of the index up to the run's end, so that what stands before a change is never read again.
/// </summary>
internal sealed class Segment
{
    /// <summary>The library writes nothing for nothing; an index without packages still has to be a gzip file (RFC
    /// 1952).</summary>
    public static ReadOnlySpan<byte> EmptyMember => [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    private readonly IncrementalHash _plainHash;
    private readonly IncrementalHash _compressedHash;

    private Segment(long number, ImmutableArray<IndexEntry> entries, byte[] compressed, Segment? before)
    {
        Number = number;
        Entries = entries;
        Compressed = compressed;
        _plainHash = before?._plainHash.Clone() ?? IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        _compressedHash = before?._compressedHash.Clone() ?? IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        PlainLength = before?.PlainLength ?? 0;
        foreach (var entry in entries)
        {
            _plainHash.AppendData(entry.Stanza.Span);
            PlainLength += entry.Stanza.Length;
        }

        _compressedHash.AppendData(compressed);
        CompressedLength = (before?.CompressedLength ?? 0) + compressed.Length;
    }

    /// <summary>Which run it is: follows from the sequence numbers of its entries.</summary>
    public long Number { get; }

    public ImmutableArray<IndexEntry> Entries { get; }

    public byte[] Compressed { get; }

    /// <summary>Bytes of the plain index up to the end of this segment.</summary>
    public long PlainLength { get; }

    /// <summary>Bytes of the compressed index up to the end of this segment.</summary>
    public long CompressedLength { get; }

    public string PlainSha256 => Convert.ToHexStringLower(_plainHash.GetCurrentHash());

    public string CompressedSha256 => Convert.ToHexStringLower(_compressedHash.GetCurrentHash());

    public static Segment Create(long number, ImmutableArray<IndexEntry> entries, Segment? before) =>
        new(number, entries, Compress(entries), before);

    /// <summary>The same run after other ones: not compressed again.</summary>
    public Segment After(Segment? before) => new(Number, Entries, Compressed, before);

    private static byte[] Compress(ImmutableArray<IndexEntry> entries)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Optimal, leaveOpen: true))
        {
            foreach (var entry in entries)
            {
                gzip.Write(entry.Stanza.Span);
            }
        }

        return compressed.Length > 0 ? compressed.ToArray() : [.. EmptyMember];
    }
}
