using System.Text;

namespace Canary.Processes.Workspaces;

/// <summary>
/// A repository on this machine: where its parts are (gitrepository-layout(5)), found without git, which would read its
/// configuration. The source is part of the command line too.
/// </summary>
/// <param name="WorkTree">Its work tree; <c>null</c>: it is bare.</param>
/// <param name="GitDirectory">Has <c>HEAD</c> and the index.</param>
/// <param name="CommonDirectory">Has objects and branches; another one than <paramref name="GitDirectory"/> for a linked work
/// tree.</param>
internal sealed record LocalRepository(string? WorkTree, string GitDirectory, string CommonDirectory)
{
    private const int LongestPointer = 8192;

    private const string Pointer = "gitdir:";

    /// <summary>What a person would call it.</summary>
    internal string Root => WorkTree ?? GitDirectory;

    /// <summary>The first of its directories that belongs to somebody else; <c>null</c>: there is none.</summary>
    internal string? OfSomebodyElse =>
        ((string?[])[WorkTree, GitDirectory, CommonDirectory]).FirstOrDefault(path =>
            path is not null && !PathOwner.IsOurs(path)
        );

    /// <summary>The repository that a path is in; <c>null</c>: there is none.</summary>
    internal static LocalRepository? Find(string path)
    {
        for (var at = Path.GetFullPath(path); at is not null; at = Path.GetDirectoryName(at))
        {
            if (At(Path.TrimEndingDirectorySeparator(at)) is { } found)
            {
                return found;
            }
        }

        return null;
    }

    /// <summary>Whether the values of <c>safe.directory</c> in somebody's own configuration allow it (git-config(1)): an empty one
    /// takes back those before it, and <c>/*</c> stands for everything below.</summary>
    internal bool IsAllowedBy(IEnumerable<string> safeDirectories)
    {
        var allowed = false;
        foreach (var value in safeDirectories)
        {
            allowed =
                value.Length > 0
                && (
                    allowed
                    || value == "*"
                    || (
                        value.EndsWith("/*", StringComparison.Ordinal)
                            ? Root.StartsWith(value[..^1], StringComparison.Ordinal)
                            : Root == value.TrimEnd('/')
                    )
                );
        }

        return allowed;
    }

    /// <summary>A small file's text; <c>null</c> if it is none. What is no regular file might never end.</summary>
    internal static string? TextOf(string path, int longest = LongestPointer)
    {
        try
        {
            if (!PathOwner.IsRegularFile(path))
            {
                return null;
            }

            using var file = File.OpenRead(path);
            var bytes = new byte[longest];
            return Encoding.UTF8.GetString(
                bytes.AsSpan(0, file.ReadAtLeast(bytes, longest, throwOnEndOfStream: false))
            );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static LocalRepository? At(string directory)
    {
        var inner = Path.Combine(directory, ".git");
        return IsGitDirectory(inner) ? new LocalRepository(directory, inner, inner)
            : TextOf(inner) is { } text && text.StartsWith(Pointer, StringComparison.Ordinal)
                ? Linked(directory, Path.GetFullPath(text[Pointer.Length..].Trim(), directory))
            : IsGitDirectory(directory) ? new LocalRepository(WorkTree: null, directory, directory)
            : null;
    }

    private static LocalRepository? Linked(string workTree, string gitDirectory)
    {
        var common = TextOf(Path.Combine(gitDirectory, "commondir")) is { } text
            ? Path.GetFullPath(text.Trim(), gitDirectory)
            : gitDirectory;
        return IsGitDirectory(common) ? new LocalRepository(workTree, gitDirectory, common) : null;
    }

    private static bool IsGitDirectory(string path) =>
        Directory.Exists(Path.Combine(path, "objects"))
        && Directory.Exists(Path.Combine(path, "refs"))
        && PathOwner.IsRegularFile(Path.Combine(path, "HEAD"));
}
