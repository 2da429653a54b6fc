namespace Canary.Cli;

/// <summary>Writes files that are there whole, or as they were.</summary>
internal static class WholeFile
{
    /// <summary>Writes one. What is there, a link too, is replaced and not written through.</summary>
    /// <param name="path">Where; its directory is there.</param>
    /// <param name="content">All that will be in it.</param>
    /// <param name="mode">Its mode.</param>
    /// <param name="replaces">Whether what is there is replaced.</param>
    /// <param name="prepare">What is done to the new file before it takes its place.</param>
    /// <exception cref="IOException">It cannot be written, or is there and is not to be replaced.</exception>
    /// <exception cref="UnauthorizedAccessException">The rights do not suffice.</exception>
    public static void Write(
        string path,
        string content,
        UnixFileMode mode,
        bool replaces = true,
        Action<string>? prepare = null
    )
    {
        var draft = $"{path}.{Guid.NewGuid():N}.new";
        try
        {
            using (
                var stream = new FileStream(
                    draft,
                    new FileStreamOptions
                    {
                        Mode = FileMode.CreateNew,
                        Access = FileAccess.Write,
                        UnixCreateMode = mode,
                    }
                )
            )
            using (var writer = new StreamWriter(stream))
            {
                writer.Write(content);
            }

            prepare?.Invoke(draft);
            File.Move(draft, path, replaces);
        }
        finally
        {
            File.Delete(draft);
        }
    }
}
