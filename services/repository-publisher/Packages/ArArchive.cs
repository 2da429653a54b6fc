using System.Globalization;
using System.Text;
using Canary.Failures;

namespace Canary.RepositoryPublisher.Packages;

/// <summary>One member of an ar archive: where its bytes stand in the file.</summary>
internal sealed record ArMember(string Name, long Offset, long Size);

/// <summary>Lists the members of an ar archive, the outer layer of a <c>.deb</c> (deb(5)).</summary>
internal static class ArArchive
{
    private const int HeaderSize = 60;

    private static ReadOnlySpan<byte> Magic => "!<arch>\n"u8;

    /// <exception cref="CanaryException">The archive is malformed or cut short.</exception>
    public static IReadOnlyList<ArMember> List(Stream file)
    {
        Span<byte> header = stackalloc byte[HeaderSize];
        if (file.ReadAtLeast(header[..Magic.Length], Magic.Length, false) < Magic.Length || !header.StartsWith(Magic))
        {
            throw InvalidPackage.Because("it does not begin like an ar archive");
        }

        var members = new List<ArMember>();
        while (true)
        {
            var read = file.ReadAtLeast(header, HeaderSize, throwOnEndOfStream: false);
            if (read == 0)
            {
                return members;
            }

            if (read < HeaderSize || header[58] != '`' || header[59] != '\n')
            {
                throw InvalidPackage.Because("a member header of its ar archive is malformed");
            }

            var member = Parse(header, file.Position);
            members.Add(member);
            if (member.Offset + member.Size > file.Length)
            {
                throw InvalidPackage.Because($"it ends within its member {member.Name}");
            }

            file.Position = Math.Min(file.Length, member.Offset + member.Size + (member.Size & 1));
        }
    }

    private static ArMember Parse(ReadOnlySpan<byte> header, long offset)
    {
        var name = Encoding.ASCII.GetString(header[..16]).TrimEnd(' ').TrimEnd('/');
        var size = Encoding.ASCII.GetString(header[48..58]).TrimEnd(' ');
        return long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes)
            ? new ArMember(name, offset, bytes)
            : throw InvalidPackage.Because($"the size of its member {name} is not a number");
    }
}
