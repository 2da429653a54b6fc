using System.Runtime.InteropServices;

namespace Canary.Packager.Source;

/// <summary>What kind of thing stands at a path.</summary>
internal enum FileKind
{
    /// <summary>A regular file.</summary>
    File,

    /// <summary>A directory.</summary>
    Directory,

    /// <summary>A symbolic link.</summary>
    Link,

    /// <summary>A device, named pipe or socket.</summary>
    Special,
}

/// <summary>Kind, size and execute bit of a path, never following a link. The platform's own API cannot tell a named pipe
/// from a file, and opening one waits for ever.</summary>
internal readonly partial record struct FileStat(FileKind Kind, long Size, bool Executable)
{
    private const int CurrentDirectory = -100;

    private const int NoFollow = 0x100;

    private const uint TypeModeAndSize = 0x1 | 0x2 | 0x200;

    private const int TypeMask = 0xF000;

    private const int OwnerExecute = 0x40;

    private const int NoSuchFile = 2;

    private const int NotADirectory = 20;

    /// <summary>Looks at a path.</summary>
    /// <returns><c>null</c> if nothing is there.</returns>
    /// <exception cref="IOException">It could not be looked at.</exception>
    public static FileStat? Of(string path)
    {
        if (statx(CurrentDirectory, path, NoFollow, TypeModeAndSize, out var stat) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            return error is NoSuchFile or NotADirectory
                ? null
                : throw new IOException($"{path}: {Marshal.GetPInvokeErrorMessage(error)}", error);
        }

        var kind = (stat.Mode & TypeMask) switch
        {
            0x8000 => FileKind.File,
            0x4000 => FileKind.Directory,
            0xA000 => FileKind.Link,
            _ => FileKind.Special,
        };
        return new FileStat(kind, (long)stat.Size, (stat.Mode & OwnerExecute) != 0);
    }

#pragma warning disable IDE1006 // The name is glibc's.
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int statx(int directory, string path, int flags, uint mask, out Statx result);
#pragma warning restore IDE1006

    /// <summary>The beginning of <c>struct statx</c>, which is the same on every architecture: statx(2).</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Statx
    {
        [FieldOffset(28)]
        public ushort Mode;

        [FieldOffset(40)]
        public ulong Size;
    }
}
