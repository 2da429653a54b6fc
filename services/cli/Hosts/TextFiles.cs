namespace Canary.Cli.Hosts;

/// <summary>Reads files that people name.</summary>
internal static class TextFiles
{
    /// <exception cref="CliException"><c>file-unreadable</c></exception>
    public static async Task<string> ReadAsync(Session session, string file, CancellationToken cancellation)
    {
        try
        {
            return await File.ReadAllTextAsync(
                Path.GetFullPath(file, session.Environment.WorkingDirectory),
                cancellation
            );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CliException.Usage(
                CliCodes.FileUnreadable,
                $"{file} cannot be read: {e.Message}",
                "Check its name and its rights."
            );
        }
    }
}
