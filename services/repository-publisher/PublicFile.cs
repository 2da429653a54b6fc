namespace Canary.RepositoryPublisher;

/// <summary>Files that have their name only when they are whole. Flushing them is up to the caller.</summary>
internal static class PublicFile
{
    /// <summary>Suffix of files in the making; whatever has it when the service starts is a leftover.</summary>
    public const string PartSuffix = ".part";

    private const UnixFileMode Mode =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Writes a file in one go.</summary>
    public static void Write(string path, IReadOnlyList<ReadOnlyMemory<byte>> content)
    {
        var part = $"{path}{PartSuffix}";
        try
        {
            using (var file = Create(part))
            {
                RandomAccess.Write(file.SafeFileHandle, content, fileOffset: 0);
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
    public static FileStream Create(string path) =>
        new(
            path,
            new FileStreamOptions
            {
                Mode = FileMode.Create,
                Access = FileAccess.Write,
                UnixCreateMode = Mode,
                BufferSize = 0,
                Options = FileOptions.Asynchronous,
            }
        );
}
