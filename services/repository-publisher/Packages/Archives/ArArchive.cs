using System.Buffers;
using System.Globalization;
using System.Text;
using Canary.Failures;

namespace Canary.RepositoryPublisher.Packages.Archives;

/// <summary>One member of an ar archive: where its bytes stand in the file.</summary>
internal sealed record ArMember(string Name, long Offset, long Size);

/// <summary>
/// Lists the members of an ar archive, the outer layer of a <c>.deb</c> (deb(5)). Only one spelling of each header is taken,
/// dpkg-deb's, but for the end of a name: what two programs could read in two ways is refused.
/// </summary>
internal static class ArArchive
{
    private const int HeaderSize = 60;

    /// <summary>A package has three.</summary>
    private const int MostMembers = 3;

    private static readonly SearchValues<byte> Letters = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyz0123456789.-"u8
    );
    private static readonly SearchValues<byte> Decimal = SearchValues.Create("0123456789"u8);
    private static readonly SearchValues<byte> Octal = SearchValues.Create("01234567"u8);

    private static ReadOnlySpan<byte> Magic => "!<arch>\n"u8;

    /// <exception cref="CanaryException">The archive is malformed, cut short, or has something behind its members.</exception>
    public static IReadOnlyList<ArMember> List(Stream file)
    {
        Span<byte> header = stackalloc byte[HeaderSize];
        if (file.ReadAtLeast(header[..Magic.Length], Magic.Length, false) < Magic.Length || !header.StartsWith(Magic))
        {
            throw InvalidPackage.Because("it does not begin like an ar archive");
        }

        var members = new List<ArMember>();
        while (file.Position < file.Length)
        {
            if (members.Count == MostMembers)
            {
                throw InvalidPackage.Because("something stands behind its third member");
            }

            if (file.ReadAtLeast(header, HeaderSize, throwOnEndOfStream: false) < HeaderSize)
            {
                throw InvalidPackage.Because("it ends within a member header of its ar archive");
            }

            var member = Parse(header, file.Position);
            members.Add(member);
            Skip(file, member);
        }

        return members;
    }

    private static ArMember Parse(ReadOnlySpan<byte> header, long offset)
    {
        var name = Word(WithoutSlash(header[..16]), Letters);
        var isRight =
            Word(header[16..28], Decimal).Length > 0
            && Word(header[28..34], Decimal).Length > 0
            && Word(header[34..40], Decimal).Length > 0
            && Word(header[40..48], Octal).Length > 0
            && header[58..].SequenceEqual("`\n"u8);
        return
            isRight
            && name.Length > 0
            && long.TryParse(
                Word(header[48..58], Decimal),
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out var size
            )
            ? new ArMember(Encoding.ASCII.GetString(name), offset, size)
            : throw InvalidPackage.Because("a member header of its ar archive is malformed");
    }

    /// <summary>GNU ar, which FPM puts packages together with, ends names with a slash; dpkg and apt take it off.</summary>
    private static ReadOnlySpan<byte> WithoutSlash(ReadOnlySpan<byte> field)
    {
        var name = field.TrimEnd((byte)' ');
        return name.EndsWith("/"u8) ? name[..^1] : name;
    }

    /// <summary>What a field holds, without the spaces that fill it up; nothing if it holds anything else.</summary>
    private static ReadOnlySpan<byte> Word(ReadOnlySpan<byte> field, SearchValues<byte> allowed)
    {
        var word = field.TrimEnd((byte)' ');
        return word.ContainsAnyExcept(allowed) ? [] : word;
    }

    private static void Skip(Stream file, ArMember member)
    {
        var end = member.Offset + member.Size;
        if (end + (member.Size & 1) > file.Length)
        {
            throw InvalidPackage.Because($"it ends within its member {member.Name}");
        }

        file.Position = end;
        if ((member.Size & 1) == 1 && file.ReadByte() != '\n')
        {
            throw InvalidPackage.Because($"its member {member.Name} is not padded with a line end");
        }
    }
}
