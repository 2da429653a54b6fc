using System.Buffers;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Canary.RepositoryPublisher.Indexes;

namespace Canary.RepositoryPublisher.Tests.Indexes;

public sealed class PackagesIndexTests
{
    [Fact]
    public void Empty_index_is_a_valid_empty_gzip_file()
    {
        var index = PackagesIndex.CreateEmpty();

        Text(index).ShouldBe("");
        index.PlainLength.ShouldBe(0);
        Bytes(index).Length.ShouldBeGreaterThan(0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Index_after_any_changes_equals_one_made_anew(int seed)
    {
        var random = new Random(seed);
        var entries = new SortedDictionary<long, IndexEntry>();
        var index = PackagesIndex.CreateEmpty();
        long next = 0;
        for (var step = 0; step < 300; step++)
        {
            var removed = entries.Keys.Where(_ => random.Next(20) == 0).Take(5).ToHashSet();
            var changed = entries.Keys.Where(_ => random.Next(50) == 0).Take(2).ToList();
            List<IndexEntry> added =
            [
                .. changed.Except(removed).Select(sequence => Entry(sequence, step)),
                .. Enumerable.Range(0, random.Next(8)).Select(_ => Entry(next += random.Next(1, 40), step)),
            ];
            removed.UnionWith(changed);

            index = index.With(removed, added);
            foreach (var sequence in removed)
            {
                entries.Remove(sequence);
            }

            added.ForEach(entry => entries[entry.Sequence] = entry);
        }

        var anew = PackagesIndex.CreateEmpty().With(new HashSet<long>(), entries.Values);
        Bytes(index).ShouldBe(Bytes(anew));
        (index.PlainSha256, index.CompressedSha256).ShouldBe((anew.PlainSha256, anew.CompressedSha256));
        Text(index).ShouldBe(string.Concat(entries.Values.Select(entry => Encoding.UTF8.GetString(entry.Stanza.Span))));
    }

    [Fact]
    public void Checksums_and_sizes_are_those_of_the_files()
    {
        var index = PackagesIndex
            .CreateEmpty()
            .With(new HashSet<long>(), [.. Enumerable.Range(0, 1000).Select(i => Entry(i, i))]);

        var plain = Encoding.UTF8.GetBytes(Text(index));
        index.PlainLength.ShouldBe(plain.Length);
        index.PlainSha256.ShouldBe(Convert.ToHexStringLower(SHA256.HashData(plain)));
        index.CompressedLength.ShouldBe(Bytes(index).Length);
        index.CompressedSha256.ShouldBe(Convert.ToHexStringLower(SHA256.HashData(Bytes(index))));
    }

    [Fact]
    public void Change_compresses_only_what_it_touches()
    {
        var before = PackagesIndex
            .CreateEmpty()
            .With(new HashSet<long>(), [.. Enumerable.Range(0, 1000).Select(i => Entry(i, i))]);

        var after = before.With(new HashSet<long> { 500 }, [Entry(1000, 0)]);

        var shared = after.Compressed.Count(piece => before.Compressed.Any(other => other.Equals(piece)));
        shared.ShouldBe(after.Compressed.Count - 2);
    }

    private static IndexEntry Entry(long sequence, int version) =>
        new(sequence, Encoding.UTF8.GetBytes($"Package: p{sequence}\nVersion: {version}\n\n"));

    private static byte[] Bytes(PackagesIndex index)
    {
        var bytes = new ArrayBufferWriter<byte>();
        foreach (var piece in index.Compressed)
        {
            bytes.Write(piece.Span);
        }

        return bytes.WrittenSpan.ToArray();
    }

    private static string Text(PackagesIndex index)
    {
        using var gzip = new GZipStream(new MemoryStream(Bytes(index)), CompressionMode.Decompress);
        using var reader = new StreamReader(gzip);
        return reader.ReadToEnd();
    }
}
