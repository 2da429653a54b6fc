namespace Canary.Hosting.Security;

/// <summary>Files that hold a secret: mode 0600 from the first byte, complete or absent.</summary>
public static class SecretFile
{
    /// <summary>Writes a secret.</summary>
    /// <param name="path">Where to; an existing file is replaced.</param>
    /// <param name="content">The secret.</param>
    public static void Write(string path, string content) => Write(path, System.Text.Encoding.UTF8.GetBytes(content));

    /// <summary>Writes a secret.</summary>
    /// <param name="path">Where to; an existing file is replaced.</param>
    /// <param name="content">The secret.</param>
    public static void Write(string path, ReadOnlySpan<byte> content)
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

        File.Move(temporary, path, overwrite: true);
    }
}
