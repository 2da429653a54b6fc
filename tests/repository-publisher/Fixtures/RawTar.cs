using System.Text;

namespace Canary.RepositoryPublisher.Tests.Fixtures;

/// <summary>An entry of a tar archive, right or not.</summary>
/// <param name="Name">As it stands there.</param>
/// <param name="Type">The type flag.</param>
/// <param name="Content">What follows the header.</param>
/// <param name="Link">Where it leads.</param>
/// <param name="Mode">Who may do what.</param>
/// <param name="Size">What the header says of the contents; <c>null</c>: the truth.</param>
/// <param name="Magic">The eight bytes that tell the form.</param>
/// <param name="User">What the header says of the owner, in eight bytes.</param>
internal sealed record RawEntry(
    string Name,
    char Type = '0',
    string Content = "",
    string Link = "",
    int Mode = 0b110_100_100,
    string? Size = null,
    string Magic = "ustar  \0",
    string User = "0000000\0"
);

/// <summary>Writes tar archives byte by byte, also such as no program writes.</summary>
internal static class RawTar
{
    public const int BlockSize = 512;

    public static readonly byte[] End = new byte[2 * BlockSize];

    public static byte[] Of(params IEnumerable<RawEntry> entries) => [.. entries.SelectMany(Entry), .. End];

    public static byte[] Entry(RawEntry entry)
    {
        var content = Encoding.Latin1.GetBytes(entry.Content);
        var block = new byte[BlockSize];
        Put(block, 0, Encoding.Latin1.GetBytes(entry.Name), 100);
        Put(block, 100, $"{Convert.ToString(entry.Mode, 8).PadLeft(7, '0')}\0");
        Put(block, 108, entry.User + "0000000\0");
        Put(block, 124, entry.Size ?? $"{Convert.ToString(content.Length, 8).PadLeft(11, '0')}\0");
        Put(block, 136, "14544200000\0");
        block[156] = (byte)entry.Type;
        Put(block, 157, Encoding.Latin1.GetBytes(entry.Link), 100);
        Put(block, 257, entry.Magic);
        Sign(block);
        return [.. block, .. content, .. new byte[(BlockSize - (content.Length % BlockSize)) % BlockSize]];
    }

    /// <summary>Makes the checksum of a header right.</summary>
    public static void Sign(Span<byte> block)
    {
        block.Slice(148, 8).Fill((byte)' ');
        var sum = 0;
        foreach (var value in block)
        {
            sum += value;
        }

        Put(block, 148, $"{Convert.ToString(sum, 8).PadLeft(6, '0')}\0");
    }

    private static void Put(Span<byte> block, int at, string text) =>
        Put(block, at, Encoding.Latin1.GetBytes(text), 24);

    private static void Put(Span<byte> block, int at, ReadOnlySpan<byte> text, int longest) =>
        text[..Math.Min(text.Length, longest)].CopyTo(block[at..]);
}
