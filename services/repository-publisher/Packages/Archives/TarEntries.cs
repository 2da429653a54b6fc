using System.Text;
using Canary.Failures;

namespace Canary.RepositoryPublisher.Packages.Archives;

/// <summary>
/// Reads a tar archive from front to back. Its names stay below the place where it is unpacked, nothing stands behind its end,
/// and no more of it than one name or small file is ever in memory.
/// </summary>
/// <param name="archive">The archive.</param>
/// <param name="limit">How many bytes it may have, and what is said of more.</param>
internal sealed class TarEntries(Stream archive, UnpackingLimit limit)
{
    /// <summary>Blocks of nothing at the end: tar fills a record up, of 20 unless it is told otherwise. dpkg fails when there is more than a
    /// pipe takes.</summary>
    private const int MostPadding = 64;

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    private readonly byte[] _block = new byte[TarHeader.BlockSize];
    private readonly byte[] _skipped = new byte[64 << 10];
    private long _read;

    /// <summary>What is left of the file of the last entry, and what fills its block up.</summary>
    private long _rest;

    private long _size;

    /// <returns><c>null</c>: the archive has ended, and all of it was read.</returns>
    /// <exception cref="CanaryException">It is malformed.</exception>
    /// <exception cref="InvalidDataException">It does not unpack.</exception>
    public TarEntry? Next()
    {
        Skip();
        ReadOnlyMemory<byte>? longName = null;
        ReadOnlyMemory<byte>? longLink = null;
        while (ReadHeader() is { } header)
        {
            Begin(header.Size);
            switch (header.Type)
            {
                case 'L' when longName is null:
                    longName = ReadLongName();
                    break;
                case 'K' when longLink is null:
                    longLink = ReadLongName();
                    break;
                default:
                    return Entry(header, longName, longLink);
            }
        }

        return longName is null && longLink is null
            ? null
            : throw InvalidPackage.Because("its tar archives have a long name and no entry of that name");
    }

    /// <summary>Reads the file of the last entry.</summary>
    /// <exception cref="CanaryException">It is larger than it may be.</exception>
    public byte[] ReadFile(string what, int largest)
    {
        if (_size > largest)
        {
            throw InvalidPackage.Because($"{what} has {_size} bytes; {largest} are allowed");
        }

        var content = new byte[_size];
        ReadExactly(content);
        _rest -= _size;
        return content;
    }

    /// <summary>Reads the file of the last entry, piece by piece.</summary>
    public void ReadFile(Action<byte[]> take)
    {
        var left = _size;
        while (left > 0)
        {
            var piece = new byte[Math.Min(left, _skipped.Length)];
            ReadExactly(piece);
            take(piece);
            left -= piece.Length;
            _rest -= piece.Length;
        }
    }

    private TarEntry Entry(TarHeader header, ReadOnlyMemory<byte>? longName, ReadOnlyMemory<byte>? longLink)
    {
        var kind = header.Type switch
        {
            '0' => TarKind.File,
            '1' => TarKind.HardLink,
            '2' => TarKind.SymbolicLink,
            '3' => TarKind.CharacterDevice,
            '4' => TarKind.BlockDevice,
            '5' => TarKind.Directory,
            '6' => TarKind.Pipe,
            _ => throw InvalidPackage.Because(
                $"its tar archives have an entry of the type {Printable(header.Type)}, which not every program reads"
            ),
        };
        if (kind != TarKind.File && header.Size > 0)
        {
            throw InvalidPackage.Because("its tar archives have a link or directory with contents");
        }

        var isLink = kind is TarKind.HardLink or TarKind.SymbolicLink;
        var link = longLink ?? header.Link;
        if (isLink == link.IsEmpty)
        {
            throw InvalidPackage.Because("its tar archives have a link without a target, or a target without a link");
        }

        return new TarEntry(
            TarPath.Normalize(Decode(longName ?? header.Name), mayEndWithSlash: kind == TarKind.Directory),
            kind,
            (UnixFileMode)(header.Mode & 0b111_111_111_111),
            header.Size,
            Decode(link),
            header.ModifiedAt
        );
    }

    private ReadOnlyMemory<byte> ReadLongName()
    {
        var name = ReadFile("a name", TarPath.LongestPath + 1);
        return name is [.., 0] && name.AsSpan().IndexOf((byte)0) == name.Length - 1
            ? name.AsMemory(0, name.Length - 1)
            : throw InvalidPackage.Because("a long name of its tar archives does not end with NUL");
    }

    /// <returns><c>null</c>: the end, behind which there is nothing.</returns>
    private TarHeader? ReadHeader()
    {
        Skip();
        ReadExactly(_block);
        if (_block.AsSpan().ContainsAnyExcept((byte)0))
        {
            return TarHeader.Parse(_block);
        }

        ReadExactly(_block);
        var padding = 0;
        do
        {
            if (_block.AsSpan().ContainsAnyExcept((byte)0) || ++padding > MostPadding)
            {
                throw InvalidPackage.Because("something stands behind the end of its tar archives");
            }
        } while (ReadBlock());

        return null;
    }

    private bool ReadBlock()
    {
        var read = archive.ReadAtLeast(_block, _block.Length, throwOnEndOfStream: false);
        Count(read);
        return read == _block.Length
            || (read == 0 ? false : throw InvalidPackage.Because("its tar archives end within a block"));
    }

    private void Begin(long size)
    {
        // Before anything is added to it: a size can be as large as a number can.
        Count(Math.Min(size, long.MaxValue - _read));
        _read -= size;
        _size = size;
        _rest = (size + TarHeader.BlockSize - 1) / TarHeader.BlockSize * TarHeader.BlockSize;
    }

    private void Skip()
    {
        while (_rest > 0)
        {
            var piece = _skipped.AsSpan(0, (int)Math.Min(_rest, _skipped.Length));
            ReadExactly(piece);
            _rest -= piece.Length;
        }
    }

    private void ReadExactly(Span<byte> target)
    {
        if (archive.ReadAtLeast(target, target.Length, throwOnEndOfStream: false) < target.Length)
        {
            throw InvalidPackage.Because("its tar archives are cut short");
        }

        Count(target.Length);
    }

    private void Count(long read)
    {
        _read += read;
        if (_read > limit.Bytes)
        {
            throw limit.Exceeded();
        }
    }

    private static string Decode(ReadOnlyMemory<byte> text)
    {
        try
        {
            return StrictUtf8.GetString(text.Span);
        }
        catch (DecoderFallbackException)
        {
            throw InvalidPackage.Because("a name of its tar archives is not UTF-8");
        }
    }

    private static string Printable(char type) => type is > ' ' and <= '~' ? $"'{type}'" : $"{(int)type}";
}
