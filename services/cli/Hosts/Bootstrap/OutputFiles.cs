namespace Canary.Cli.Hosts.Bootstrap;

/// <summary>Writes files, those with a secret for nobody else to read.</summary>
internal static class OutputFiles
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const UnixFileMode Public = Private | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <exception cref="CliException"><c>file-exists</c>, <c>file-not-writable</c></exception>
    public static void Write(string directory, IReadOnlyList<Output.BootstrapFile> files, bool replaces)
    {
        if (!replaces && files.FirstOrDefault(file => File.Exists(Path.Combine(directory, file.Path))) is { } there)
        {
            throw new CliException(
                ExitCodes.Conflict,
                CliCodes.FileExists,
                $"{Path.Combine(directory, there.Path)} is there already.",
                "Look at it, and give --force or another directory."
            );
        }

        foreach (var file in files)
        {
            var path = Path.Combine(directory, file.Path);
            try
            {
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                WholeFile.Write(path, file.Content, file.Secret ? Private : Public);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new CliException(
                    ExitCodes.Usage,
                    CliCodes.FileNotWritable,
                    $"{path} cannot be written: {e.Message}",
                    "Name a place that you may write to."
                );
            }
        }
    }

    /// <summary>A file that is there keeps its mode, its owner and its group, and a link what it is.</summary>
    /// <param name="path">Where it is, or will be.</param>
    /// <param name="content">All that will be in it.</param>
    /// <param name="newMode">If it is not there yet.</param>
    public static void Update(string path, string content, UnixFileMode newMode)
    {
        var file = new FileInfo(path).LinkTarget is null
            ? path
            : File.ResolveLinkTarget(path, returnFinalTarget: true)!.FullName;
        if (File.Exists(file))
        {
            WholeFile.Write(file, content, Private, prepare: draft => FileRights.Copy(file, draft));
        }
        else
        {
            WholeFile.Write(file, content, newMode);
        }
    }
}
