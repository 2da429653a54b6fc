using Canary.Cli.Api;
using Canary.Cli.Local;

namespace Canary.Cli.Metadata;

/// <summary>What a check wants to know of a repository of this machine.</summary>
internal static class RepositoryFiles
{
    /// <summary>Names of metadata files, and what people write in their place.</summary>
    private static readonly string[] MetadataFiles =
    [
        "canary.yml",
        "canary.yaml",
        ".canary.yml",
        ".canary.yaml",
        "fpm.json",
    ];

    /// <summary>What a commit holds, whatever lies in the directory.</summary>
    public static async Task<MetadataRequest> OfCommitAsync(string path, string commit, CancellationToken cancellation)
    {
        var git =
            await Git.FindAsync(path, cancellation)
            ?? throw CliException.Usage(
                CliCodes.NotARepository,
                $"{path} is no git repository.",
                "Give the path of a git repository: --repo PATH."
            );
        var listed = await git.RunAsync(cancellation, "ls-tree", "-r", "-z", "--name-only", "--full-tree", commit);
        var files = listed.Split('\0', StringSplitOptions.RemoveEmptyEntries);
        var metadata = new Dictionary<string, string>();
        foreach (var name in MetadataFiles.Intersect(files))
        {
            metadata[name] = await git.RunAsync(cancellation, "cat-file", "blob", $"{commit}:{name}");
        }

        return new MetadataRequest { Files = files, Metadata = metadata };
    }

    /// <summary>What lies in a directory: of a git repository, all but what git ignores.</summary>
    public static async Task<MetadataRequest> OfDirectoryAsync(string path, CancellationToken cancellation)
    {
        if (!Directory.Exists(path))
        {
            throw CliException.Usage(
                CliCodes.RepositoryMissing,
                $"There is no directory {path}.",
                "Give the path of a repository: canary check PATH."
            );
        }

        var git = await Git.FindAsync(path, cancellation);
        var root = git is { HasWorkTree: true } ? git.Directory : path;
        var listed = git is { HasWorkTree: true }
            ? await git.TryAsync(cancellation, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
            : null;
        var files = listed is { Succeeded: true }
            ? listed.Output.Split('\0', StringSplitOptions.RemoveEmptyEntries).Distinct()
            : Directory
                .EnumerateFiles(root, "*", SearchOption.AllDirectories)
                .Select(file => Path.GetRelativePath(root, file));
        return new MetadataRequest
        {
            Files = [.. files.Where(file => Path.Exists(Path.Combine(root, file)))],
            Metadata = MetadataFiles
                .Where(name => File.Exists(Path.Combine(root, name)))
                .ToDictionary(name => name, name => File.ReadAllText(Path.Combine(root, name))),
        };
    }
}
