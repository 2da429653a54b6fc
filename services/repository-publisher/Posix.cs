using System.Runtime.InteropServices;

namespace Canary.RepositoryPublisher;

/// <summary>What durability and atomic switching need and the platform's library does not offer.</summary>
internal static partial class Posix
{
    private const int ReadOnly = 0;
    private const int CloseOnExecute = 0x80000;

    /// <summary>Renames a file or link over whatever has the target name, atomically (rename(2)); links are not
    /// followed.</summary>
    public static void Rename(string from, string to) => Check(RenameFile(from, to), $"rename {from} to {to}");

    /// <summary>Gives a file a second name.</summary>
    public static void Link(string file, string name) => Check(LinkFile(file, name), $"link {file} to {name}");

    /// <summary>Makes the contents of a file, or the names in a directory, durable.</summary>
    public static void Flush(string path)
    {
        var descriptor = Check(Open(path, ReadOnly | CloseOnExecute), $"open {path}");
        try
        {
            Check(FileSync(descriptor), $"flush {path}");
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    private static int Check(int result, string what)
    {
        if (result >= 0)
        {
            return result;
        }

        var error = Marshal.GetLastPInvokeError();
        throw new IOException($"Cannot {what}: {Marshal.GetPInvokeErrorMessage(error)}", error);
    }

    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int RenameFile(string from, string to);

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int LinkFile(string file, string name);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int FileSync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Close(int descriptor);
}
