using System.Buffers.Binary;
using System.Text;

namespace Canary.Packager.Deb;

/// <summary>
/// Writes a tar archive in the GNU format, which is what dpkg itself writes and reads: deb(5) allows no pax headers. Every
/// entry carries the same time, so the bytes depend on nothing but names, modes, owners and contents.
/// </summary>
/// <param name="output">Receives the archive; stays open.</param>
/// <param name="time">Modification time of every entry, whole seconds.</param>
internal sealed class TarWriter(Stream output, DateTimeOffset time)
{
    public const int BlockSize = 512;

    private const int NameLength = 100;

    private const int ExecutableMode = 0b111_101_101;

    private const int PlainMode = 0b110_100_100;

    private const int LinkMode = 0b111_111_111;

    private static readonly byte[] Zeros = new byte[2 * BlockSize];

    private readonly byte[] _header = new byte[BlockSize];

    private readonly long _seconds = Math.Max(0, time.ToUnixTimeSeconds());

    /// <summary>Writes a directory.</summary>
    /// <param name="path">Path without a final slash.</param>
    /// <param name="mode">Permissions; <c>null</c>: everybody may read.</param>
    /// <param name="owner">Whom it belongs to; <c>null</c>: root.</param>
    public void WriteDirectory(string path, UnixFileMode? mode = null, FileOwner? owner = null) =>
        WriteHeader(path + "/", '5', (int?)mode ?? ExecutableMode, 0, "", owner);

    /// <summary>Writes a symbolic link.</summary>
    public void WriteLink(string path, string target) => WriteHeader(path, '2', LinkMode, 0, target, null);

    /// <summary>Writes a whole file of root's.</summary>
    public void WriteFile(string path, bool executable, ReadOnlySpan<byte> content)
    {
        BeginFile(path, executable, content.Length, mode: null, FileOwner.Root);
        output.Write(content);
        EndFile(content.Length);
    }

    /// <summary>Begins a file whose <paramref name="size"/> bytes the caller writes to the output next.</summary>
    public void BeginFile(string path, bool executable, long size, UnixFileMode? mode, FileOwner owner) =>
        WriteHeader(path, '0', (int?)mode ?? (executable ? ExecutableMode : PlainMode), size, "", owner);

    /// <summary>Ends the file begun last.</summary>
    public void EndFile(long size)
    {
        var rest = (int)(size % BlockSize);
        if (rest != 0)
        {
            output.Write(Zeros, 0, BlockSize - rest);
        }
    }

    /// <summary>Writes the end of the archive.</summary>
    public void Finish() => output.Write(Zeros);

    private void WriteHeader(string path, char type, int mode, long size, string target, FileOwner? owner)
    {
        var name = Encoding.UTF8.GetBytes(path);
        var link = Encoding.UTF8.GetBytes(target);
        if (link.Length >= NameLength)
        {
            WriteLongName('K', link);
        }

        if (name.Length >= NameLength)
        {
            WriteLongName('L', name);
        }

        WriteBlock(name, type, mode, size, _seconds, link, owner ?? FileOwner.Root);
    }

    private void WriteLongName(char type, byte[] name)
    {
        WriteBlock("././@LongLink"u8, type, PlainMode, name.Length + 1, 0, [], FileOwner.Root);
        output.Write(name);
        output.WriteByte(0);
        EndFile(name.Length + 1);
    }

    private void WriteBlock(
        ReadOnlySpan<byte> name,
        char type,
        int mode,
        long size,
        long modified,
        ReadOnlySpan<byte> link,
        FileOwner owner
    )
    {
        var block = _header.AsSpan();
        block.Clear();
        Cut(name).CopyTo(block);
        WriteNumber(block.Slice(100, 8), mode);
        WriteNumber(block.Slice(108, 8), owner.UserId);
        WriteNumber(block.Slice(116, 8), owner.GroupId);
        WriteNumber(block.Slice(124, 12), size);
        WriteNumber(block.Slice(136, 12), modified);
        block[156] = (byte)type;
        Cut(link).CopyTo(block[157..]);
        "ustar  \0"u8.CopyTo(block[257..]);
        Encoding.ASCII.GetBytes(owner.User, block[265..]);
        Encoding.ASCII.GetBytes(owner.Group, block[297..]);

        block.Slice(148, 8).Fill((byte)' ');
        var sum = 0;
        foreach (var value in block)
        {
            sum += value;
        }

        WriteNumber(block.Slice(148, 7), sum);
        output.Write(_header);
    }

    private static ReadOnlySpan<byte> Cut(ReadOnlySpan<byte> name) => name.Length < NameLength ? name : name[..99];

    // Octal digits with a final NUL; what needs more digits than the field has goes in base 256, as GNU tar writes it.
    private static void WriteNumber(Span<byte> field, long value)
    {
        var digits = field.Length - 1;
        if (value >> (3 * digits) != 0)
        {
            field.Clear();
            BinaryPrimitives.WriteInt64BigEndian(field[^8..], value);
            field[0] = 0x80;
            return;
        }

        for (var i = digits - 1; i >= 0; i--)
        {
            field[i] = (byte)('0' + (value & 7));
            value >>= 3;
        }

        field[digits] = 0;
    }
}
