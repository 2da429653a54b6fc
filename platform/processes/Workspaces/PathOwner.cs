using System.Globalization;
using System.Runtime.InteropServices;

namespace Canary.Processes.Workspaces;

/// <summary>To whom a path belongs, and whether it is a regular file: the platform's own API knows neither. The source is part of
/// the command line too.</summary>
internal static partial class PathOwner
{
    private const int CurrentDirectory = -100;

    private const uint TypeModeAndOwner = 0x1 | 0x2 | 0x8;

    private const int TypeMask = 0xF000;

    private const int RegularFile = 0x8000;

    /// <summary>Whether it belongs to the user of this process, or to the one who became root with sudo. git judges so too
    /// (git-config(1), <c>safe.directory</c>).</summary>
    internal static bool IsOurs(string path)
    {
        var us = geteuid();
        return TryLook(path, out var stat)
            && (
                stat.Owner == us
                || (
                    us == 0
                    && uint.TryParse(
                        Environment.GetEnvironmentVariable("SUDO_UID"),
                        NumberStyles.None,
                        CultureInfo.InvariantCulture,
                        out var person
                    )
                    && stat.Owner == person
                )
            );
    }

    internal static bool IsRegularFile(string path) =>
        TryLook(path, out var stat) && (stat.Mode & TypeMask) == RegularFile;

    private static bool TryLook(string path, out Statx stat) =>
        statx(CurrentDirectory, path, 0, TypeModeAndOwner, out stat) == 0;

#pragma warning disable IDE1006 // The names are glibc's.
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int statx(int directory, string path, int flags, uint mask, out Statx result);

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial uint geteuid();
#pragma warning restore IDE1006

    /// <summary>The beginning of <c>struct statx</c>, which is the same on every architecture: statx(2).</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Statx
    {
        [FieldOffset(20)]
        public uint Owner;

        [FieldOffset(28)]
        public ushort Mode;
    }
}
