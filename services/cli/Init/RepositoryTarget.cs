using Canary.Processes.Workspaces;

namespace Canary.Cli.Init;

/// <summary>Writes files into a repository: into itself only, never through a link, and over nothing unless that is asked for.</summary>
/// <param name="root">Absolute path.</param>
/// <param name="force">Whether files that are there are replaced.</param>
internal sealed class RepositoryTarget(string root, bool force)
{
    private const UnixFileMode Readable =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private const UnixFileMode Executable =
        Readable | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    public bool Exists(DraftFile file) => Path.Exists(PathOf(file.Path));

    /// <summary>Looks whether all of them could be written.</summary>
    /// <exception cref="CliException">One could not; names it.</exception>
    public void Check(IEnumerable<DraftFile> files)
    {
        foreach (var file in files)
        {
            for (var at = file.Path; at.Length > 0; at = Path.GetDirectoryName(at) ?? "")
            {
                var path = PathOf(at);
                if (new FileInfo(path).LinkTarget is not null)
                {
                    throw Refused(file, $"{at} is a symbolic link");
                }

                var isWanted = at == file.Path ? PathOwner.IsRegularFile(path) : Directory.Exists(path);
                if (Path.Exists(path) && !isWanted)
                {
                    throw Refused(file, $"{at} is no {(at == file.Path ? "file" : "directory")}");
                }
            }
        }
    }

    /// <returns>What came of it: <c>written</c>, <c>replaced</c> or <c>kept</c>.</returns>
    /// <exception cref="CliException">It cannot be written.</exception>
    public string Write(DraftFile file)
    {
        var exists = Exists(file);
        if (exists && !force)
        {
            return "kept";
        }

        var path = PathOf(file.Path);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            WholeFile.Write(path, file.Content, file.IsProgram ? Executable : Readable, replaces: force);
            return exists ? "replaced" : "written";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Refused(file, e.Message);
        }
    }

    private static CliException Refused(DraftFile file, string why) =>
        CliException.Usage(
            CliCodes.WriteRefused,
            $"{file.Path} cannot be written: {why}.",
            "Remove or rename what is there, and see that the directory belongs to you."
        );

    private string PathOf(string path) => Path.Combine(root, path);
}
