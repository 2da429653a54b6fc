using System.Text.Json;
using Canary.Processes.Workspaces;

namespace Canary.Cli.Init;

/// <summary>The files of a repository, to look at: nothing of it is run, no link is followed, and only small regular files are
/// read.</summary>
internal sealed class RepositoryFolder
{
    private const int LongestText = 1 << 20;

    private const int MostFiles = 50_000;

    /// <summary>How deep files are looked for; what makes a program is near the root.</summary>
    private const int Deepest = 4;

    /// <summary>What tools put there, and people do not write.</summary>
    private static readonly string[] NotOurs = [".git", ".venv", "node_modules", "obj", "target", "vendor", "venv"];

    private readonly HashSet<string> _links = new(StringComparer.Ordinal);

    public RepositoryFolder(string root)
    {
        Root = Path.TrimEndingDirectorySeparator(root);
        Files = [.. Walk().Take(MostFiles).Order(StringComparer.Ordinal)];
    }

    /// <summary>Absolute path.</summary>
    public string Root { get; }

    /// <summary>Regular files near the root, by their relative paths, sorted.</summary>
    public IReadOnlyList<string> Files { get; }

    /// <summary>Files that were asked for and are symbolic links, which are not followed.</summary>
    public IReadOnlyCollection<string> Links => _links;

    /// <summary>Whether there is a regular file of that path.</summary>
    public bool Has(string path) => IsInside(path) && !IsLinked(path) && PathOwner.IsRegularFile(PathOf(path));

    public bool HasDirectory(string path) => IsInside(path) && !IsLinked(path) && Directory.Exists(PathOf(path));

    /// <summary>The first of some files that is there.</summary>
    public string? First(params IReadOnlyList<string> paths) => paths.FirstOrDefault(Has);

    public bool HasAny(params IReadOnlyList<string> paths) => First(paths) is not null;

    /// <summary>Files whose names end so.</summary>
    /// <param name="suffix">Such as <c>.csproj</c>.</param>
    /// <param name="below">A folder; empty: the root, and all below it.</param>
    public IEnumerable<string> EndingWith(string suffix, string below = "") =>
        Files.Where(file =>
            file.EndsWith(suffix, StringComparison.Ordinal)
            && (below.Length == 0 || file.StartsWith(below + "/", StringComparison.Ordinal))
        );

    /// <summary>Files that lie directly in a folder.</summary>
    public IReadOnlyList<string> FilesIn(string folder) =>
        [.. Files.Where(file => Path.GetDirectoryName(file) == folder)];

    /// <summary>The text of a file; empty if it is not there.</summary>
    /// <exception cref="CliException">It is too large, or cannot be read.</exception>
    public string Text(string path)
    {
        if (!Has(path))
        {
            return "";
        }

        try
        {
            var file = new FileInfo(PathOf(path));
            return file.Length <= LongestText
                ? File.ReadAllText(file.FullName).ReplaceLineEndings("\n")
                : throw CliException.Usage(
                    CliCodes.ProjectFileInvalid,
                    $"{path} has {file.Length} bytes, and at most {LongestText} are read.",
                    "Say which recipe it is, one that does not read this file: canary init --recipe plain."
                );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CliException.Usage(
                CliCodes.FileUnreadable,
                $"{path} cannot be read: {e.Message}",
                "Check its rights, or run the command as its owner."
            );
        }
    }

    /// <summary>A file of JSON; an empty object if it is not there.</summary>
    /// <exception cref="CliException">It is no JSON object.</exception>
    public JsonFields Json(string path)
    {
        if (!Has(path))
        {
            return JsonFields.None;
        }

        try
        {
            using var document = JsonDocument.Parse(Text(path).TrimStart('\uFEFF'));
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? new JsonFields(document.RootElement.Clone())
                : throw Invalid(path, "it holds no object");
        }
        catch (JsonException e)
        {
            throw Invalid(path, $"line {e.LineNumber + 1} is no valid JSON");
        }
    }

    /// <exception cref="CliException">Always.</exception>
    public static CliException Invalid(string path, string why) =>
        CliException.Usage(
            CliCodes.ProjectFileInvalid,
            $"{path} cannot be understood: {why}.",
            "Correct it, or say which recipe it is: canary init --recipe NAME."
        );

    private string PathOf(string path) => Path.Combine(Root, path);

    /// <summary>Whether a path, which may be what a file of the repository says, is one of the repository.</summary>
    private static bool IsInside(string path) =>
        path.Length > 0
        && !Path.IsPathRooted(path)
        && !path.Contains('\0', StringComparison.Ordinal)
        && !path.Split('/').Contains("..");

    /// <summary>Whether it, or a directory above it within the repository, is a symbolic link.</summary>
    private bool IsLinked(string path)
    {
        for (var at = path; at.Length > 0; at = Path.GetDirectoryName(at) ?? "")
        {
            if (new FileInfo(PathOf(at)).LinkTarget is not null)
            {
                _links.Add(at);
                return true;
            }
        }

        return false;
    }

    private IEnumerable<string> Walk()
    {
        var options = new EnumerationOptions
        {
            AttributesToSkip = FileAttributes.ReparsePoint,
            IgnoreInaccessible = true,
        };
        var directories = new Queue<string>([""]);
        while (directories.TryDequeue(out var directory))
        {
            foreach (var entry in new DirectoryInfo(PathOf(directory)).EnumerateFileSystemInfos("*", options))
            {
                var path = Path.Combine(directory, entry.Name);
                if (entry is DirectoryInfo)
                {
                    if (!NotOurs.Contains(entry.Name) && path.Count(it => it == '/') < Deepest)
                    {
                        directories.Enqueue(path);
                    }
                }
                else if (PathOwner.IsRegularFile(entry.FullName))
                {
                    yield return path;
                }
            }
        }
    }
}
