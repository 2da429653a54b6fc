namespace Canary.Files;

/// <summary>Files that hold a secret: mode 0600 from the first byte, complete or absent.</summary>
public static class SecretFile
{
    /// <summary>Reads a secret, without the white space that editors leave around it.</summary>
    /// <exception cref="IOException">It cannot be read; also <see cref="UnauthorizedAccessException"/>.</exception>
    public static string ReadText(string path) => File.ReadAllText(path).Trim();

    /// <summary>Writes a secret.</summary>
    /// <param name="path">Where to; an existing file is replaced.</param>
    /// <param name="content">The secret.</param>
    public static void Write(string path, string content) => Write(path, System.Text.Encoding.UTF8.GetBytes(content));

    /// <summary>Writes a secret unless there is one: of several processes that do so at once, one wins.</summary>
    /// <param name="path">Where to; an existing file stays as it is.</param>
    /// <param name="content">The secret.</param>
    public static void WriteNew(string path, ReadOnlySpan<byte> content)
    {
        var temporary = WriteTemporary(path, content);
        try
        {
            File.Move(temporary, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Writes a secret.</summary>
    /// <param name="path">Where to; an existing file is replaced.</param>
    /// <param name="content">The secret.</param>
    public static void Write(string path, ReadOnlySpan<byte> content) =>
        File.Move(WriteTemporary(path, content), path, overwrite: true);

    private static string WriteTemporary(string path, ReadOnlySpan<byte> content)
    {
        var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        using (var file = new FileStream(temporary, options))
        {
            file.Write(content);
            file.Flush(flushToDisk: true);
        }

        return temporary;
    }
}
