using System.Runtime.InteropServices;

namespace Canary.Files;

/// <summary>What the platform's library does not say about a file system.</summary>
public static partial class FileSystem
{
    // struct statvfs of glibc and musl on 64-bit machines (statvfs(3)): numbers of eight bytes each, of which these are f_files
    // and f_favail; what follows is shorter than the room here.
    private const int Numbers = 32;
    private const int Inodes = 5;
    private const int FreeInodes = 7;

    /// <summary>Whether no further file can be made, however much space there is. A file system that does not count them has
    /// enough.</summary>
    /// <param name="path">A path on it, or below one, that need not exist.</param>
    public static bool HasNoInodes(string path)
    {
        var existing = path;
        while (existing is not null && !Path.Exists(existing))
        {
            existing = Path.GetDirectoryName(existing);
        }

        var numbers = new ulong[Numbers];
        return StatVfs(existing ?? "/", numbers) == 0 && numbers[Inodes] > 0 && numbers[FreeInodes] == 0;
    }

    [LibraryImport("libc", EntryPoint = "statvfs", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int StatVfs(string path, [Out] ulong[] numbers);
}
