namespace Canary.RepositoryPublisher;

/// <summary>Files that are whole and on disk once they have their name.</summary>
internal static class DurableFile
{
    /// <summary>Suffix of files in the making; whatever has it when the service starts is a leftover.</summary>
    public const string PartSuffix = ".part";

    /// <summary>Files of the repository are public.</summary>
    public const UnixFileMode Public =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>For the owner alone.</summary>
    public const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Writes a file that nobody can see in part, also after a power cut. The caller flushes the directory.</summary>
    public static void Write(string path, IReadOnlyList<ReadOnlyMemory<byte>> content, UnixFileMode mode)
    {
        var part = $"{path}{PartSuffix}";
        try
        {
            using (var file = Create(part, mode))
            {
                RandomAccess.Write(file.SafeFileHandle, content, fileOffset: 0);
                file.Flush(flushToDisk: true);
            }

            Posix.Rename(part, path);
        }
        catch
        {
            File.Delete(part);
            throw;
        }
    }

    /// <summary>Opens a new file for writing, in place of a leftover of that name.</summary>
    public static FileStream Create(string path, UnixFileMode mode) =>
        new(
            path,
            new FileStreamOptions
            {
                Mode = FileMode.Create,
                Access = FileAccess.Write,
                UnixCreateMode = mode,
                BufferSize = 0,
                Options = FileOptions.Asynchronous,
            }
        );
}
