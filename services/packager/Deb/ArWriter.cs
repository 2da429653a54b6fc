using System.Globalization;
using System.Text;
using Canary.Failures;

namespace Canary.Packager.Deb;

/// <summary>Writes the outer archive of a Debian package: the common ar format with short names, see deb(5).</summary>
/// <param name="output">Receives the archive; stays open.</param>
/// <param name="time">Time of every member.</param>
internal sealed class ArWriter(Stream output, DateTimeOffset time)
{
    /// <summary>Ten decimal digits are all that a member's header has for its size.</summary>
    private const long LargestMember = 9_999_999_999;

    private readonly long _seconds = Math.Max(0, time.ToUnixTimeSeconds());

    public void Begin() => output.Write("!<arch>\n"u8);

    public void WriteMember(string name, ReadOnlySpan<byte> content)
    {
        BeginMember(name, content.Length);
        output.Write(content);
        EndMember(content.Length);
    }

    /// <summary>Begins a member whose <paramref name="size"/> bytes the caller writes to the output next.</summary>
    public void BeginMember(string name, long size)
    {
        if (size > LargestMember)
        {
            throw new CanaryException(
                PackagerCodes.PackageTooLarge,
                $"The packaged files come to {size} bytes even when compressed; the Debian package format ends at "
                    + $"{LargestMember}.",
                "Leave large files out with `exclude` in canary.yml, or split the application."
            );
        }

        var header = string.Create(
            CultureInfo.InvariantCulture,
            $"{name, -16}{_seconds, -12}0     0     100644  {size, -10}`\n"
        );
        output.Write(Encoding.ASCII.GetBytes(header));
    }

    /// <summary>Ends the member begun last.</summary>
    public void EndMember(long size)
    {
        if (size % 2 != 0)
        {
            output.WriteByte((byte)'\n');
        }
    }
}
