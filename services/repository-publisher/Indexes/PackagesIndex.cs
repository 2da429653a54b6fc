using System.Collections.Immutable;

namespace Canary.RepositoryPublisher.Indexes;

/// <summary>
/// The <c>Packages</c> file of one suite and architecture. Immutable: a change gives a new one that shares all that it
/// does not touch, so it costs the same in a small and in a large repository, and one that is not published is dropped.
/// </summary>
/// <remarks>
/// Entries stand in the order of their sequence numbers, and the number alone decides the segment. So the index follows
/// from its entries, however they came to be: a change in place and a regeneration give the same bytes.
/// </remarks>
internal sealed class PackagesIndex
{
    private const int SequencesPerSegment = 128;

    private readonly ImmutableArray<Segment> _segments;

    private PackagesIndex(ImmutableArray<Segment> segments) => _segments = segments;

    public long PlainLength => _segments[^1].PlainLength;

    public string PlainSha256 => _segments[^1].PlainSha256;

    public long CompressedLength => _segments[^1].CompressedLength;

    public string CompressedSha256 => _segments[^1].CompressedSha256;

    /// <summary>The compressed file, in pieces.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Compressed =>
        [.. _segments.Select(segment => new ReadOnlyMemory<byte>(segment.Compressed))];

    /// <summary>An index without packages. A new one each time: running checksums belong to one thread at a
    /// time.</summary>
    public static PackagesIndex CreateEmpty() => new([Segment.Create(-1, [], before: null)]);

    /// <summary>The index with some sequence numbers taken out and some entries put in.</summary>
    public PackagesIndex With(IReadOnlySet<long> removed, IReadOnlyCollection<IndexEntry> added)
    {
        var touched = removed.Concat(added.Select(entry => entry.Sequence)).Select(SegmentOf).ToImmutableSortedSet();
        if (touched.IsEmpty)
        {
            return this;
        }

        var additions = added.ToLookup(entry => SegmentOf(entry.Sequence));
        var old = _segments.ToDictionary(segment => segment.Number);
        var builder = _segments.TakeWhile(segment => segment.Number < touched[0]).ToImmutableArray().ToBuilder();
        foreach (var number in touched.Union(old.Keys).Where(number => number >= touched[0]))
        {
            var before = builder.Count > 0 ? builder[^1] : null;
            var segment = old.GetValueOrDefault(number);
            if (!touched.Contains(number))
            {
                builder.Add(segment!.After(before));
                continue;
            }

            var kept = (segment?.Entries ?? []).Where(entry => !removed.Contains(entry.Sequence));
            var entries = kept.Concat(additions[number]).OrderBy(entry => entry.Sequence).ToImmutableArray();
            if (!entries.IsEmpty)
            {
                builder.Add(Segment.Create(number, entries, before));
            }
        }

        return new PackagesIndex(builder.ToImmutable());
    }

    private static long SegmentOf(long sequence) => sequence / SequencesPerSegment;
}
