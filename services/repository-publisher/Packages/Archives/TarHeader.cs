using Canary.Failures;

namespace Canary.RepositoryPublisher.Packages.Archives;

/// <summary>
/// A header of a tar archive in the forms that deb(5) allows: ustar, and GNU with its long names. What only some programs
/// understand is refused: pax, which can give an entry another name and size, sparse files, and numbers that are none.
/// </summary>
internal readonly record struct TarHeader(
    char Type,
    ReadOnlyMemory<byte> Name,
    ReadOnlyMemory<byte> Link,
    long Mode,
    long Size,
    long ModifiedAt
)
{
    public const int BlockSize = 512;

    private const int ChecksumAt = 148;

    private const int ChecksumLength = 8;

    /// <exception cref="CanaryException">It is malformed.</exception>
    public static TarHeader Parse(byte[] block)
    {
        if (Sum(block) != Number(block, ChecksumAt, ChecksumLength))
        {
            throw Malformed("has a wrong checksum");
        }

        var prefix = block.AsSpan(257, 8) switch
        {
            var magic when magic.SequenceEqual("ustar  \0"u8) => ReadOnlyMemory<byte>.Empty,
            var magic when magic.SequenceEqual("ustar\u000000"u8) => Text(block, 345, 155),
            _ => throw Malformed("is neither of the form ustar nor of GNU's"),
        };
        var name = Text(block, 0, 100);
        // Owners are of no use here, but must be what every program reads.
        _ = Number(block, 108, 8);
        _ = Number(block, 116, 8);
        return new TarHeader(
            (char)block[156],
            prefix.IsEmpty ? name : (byte[])[.. prefix.Span, (byte)'/', .. name.Span],
            Text(block, 157, 100),
            Number(block, 100, 8),
            Number(block, 124, 12),
            Number(block, 136, 12)
        );
    }

    private static ReadOnlyMemory<byte> Text(byte[] block, int at, int length)
    {
        var field = block.AsMemory(at, length);
        var end = field.Span.IndexOf((byte)0);
        return end < 0 ? field
            : field.Span[end..].ContainsAnyExcept((byte)0) ? throw Malformed("has something behind the end of a name")
            : field[..end];
    }

    /// <summary>Octal digits; or, as GNU writes what has too many of them, a mark and a number in base 256.</summary>
    private static long Number(byte[] block, int at, int length)
    {
        var field = block.AsSpan(at, length);
        if (field[0] == 0x80)
        {
            var large = 0L;
            foreach (var digit in field[1..])
            {
                large =
                    large <= long.MaxValue >> 8
                        ? (large << 8) + digit
                        : throw Malformed("has a number that is too large");
            }

            return large;
        }

        var digits = field.TrimEnd([(byte)0, (byte)' ']).TrimStart((byte)' ');
        if (digits.IsEmpty || digits.ContainsAnyExceptInRange((byte)'0', (byte)'7'))
        {
            throw Malformed("has a number that is none");
        }

        var value = 0L;
        foreach (var digit in digits)
        {
            value = (value << 3) + (digit - '0');
        }

        return value;
    }

    private static long Sum(byte[] block)
    {
        var sum = 0L;
        for (var i = 0; i < block.Length; i++)
        {
            sum += i is >= ChecksumAt and < ChecksumAt + ChecksumLength ? ' ' : block[i];
        }

        return sum;
    }

    private static CanaryException Malformed(string fault) =>
        InvalidPackage.Because($"a header of its tar archives {fault}");
}
