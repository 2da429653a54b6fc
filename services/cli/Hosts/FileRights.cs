using System.Runtime.InteropServices;

namespace Canary.Cli.Hosts;

/// <summary>Mode, owner and group of files: the platform's own API knows only the first.</summary>
internal static partial class FileRights
{
    private const int CurrentDirectory = -100;

    private const uint OwnerAndGroup = 0x8 | 0x10;

    /// <summary>Gives a file to those who have another one.</summary>
    /// <exception cref="IOException">That is not allowed.</exception>
    public static void Copy(string from, string to)
    {
        if (
            statx(CurrentDirectory, from, 0, OwnerAndGroup, out var stat) != 0
            || chown(to, stat.Owner, stat.Group) != 0
        )
        {
            var reason = Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError());
            throw new IOException($"its owner and group cannot be kept: {reason}");
        }

        // Last: whoever gives a file away takes bits off its mode.
        File.SetUnixFileMode(to, File.GetUnixFileMode(from));
    }

    /// <summary>Number of the user that something belongs to; <c>null</c>: it is not there, or not to be seen.</summary>
    public static uint? OwnerOf(string path) =>
        statx(CurrentDirectory, path, 0, OwnerAndGroup, out var stat) == 0 ? stat.Owner : null;

#pragma warning disable IDE1006 // The names are glibc's.
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int statx(int directory, string path, int flags, uint mask, out Statx result);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int chown(string path, uint owner, uint group);
#pragma warning restore IDE1006

    /// <summary>The beginning of <c>struct statx</c>, which is the same on every architecture: statx(2).</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Statx
    {
        [FieldOffset(20)]
        public uint Owner;

        [FieldOffset(24)]
        public uint Group;
    }
}
