using System.Text.RegularExpressions;

namespace Canary.Processes.Workspaces;

/// <summary>
/// A git directory of our own over somebody's repository: its objects, branches and head, and nothing of its configuration and
/// hooks, which could name any program. Given to git in the repository's place, by path or to fetch from. Disposing of it removes
/// it. The source is part of the command line too.
/// </summary>
internal sealed partial class RepositoryView : IDisposable
{
    private const int LongestConfiguration = 1 << 20;

    private static readonly string[] Shared = ["objects", "refs", "packed-refs", "reftable", "shallow"];

    private readonly LocalRepository _repository;

    internal RepositoryView(LocalRepository repository)
    {
        _repository = repository;
        Path = Directory.CreateTempSubdirectory("canary-git-").FullName;
        File.WriteAllText(At("HEAD"), LocalRepository.TextOf(In(repository.GitDirectory, "HEAD")));
        File.WriteAllText(At("config"), Configuration(repository));
        foreach (var name in Shared)
        {
            Link(In(repository.CommonDirectory, name), name);
        }

        Directory.CreateDirectory(At("info"));
        Link(In(repository.CommonDirectory, "info", "exclude"), In("info", "exclude"));
    }

    internal string Path { get; }

    internal bool HasWorkTree => _repository.WorkTree is not null;

    /// <summary>Where it is, for git.</summary>
    internal IReadOnlyList<string> Arguments =>
        _repository.WorkTree is { } tree ? ["--git-dir", Path, "--work-tree", tree] : ["--git-dir", Path];

    /// <summary>Variables for a command that looks at the work tree: what is staged there.</summary>
    internal (string Name, string Value) Index => ("GIT_INDEX_FILE", In(_repository.GitDirectory, "index"));

    public void Dispose() => Directory.Delete(Path, recursive: true);

    /// <summary>How its objects and branches are stored is no matter of taste: git could not read them otherwise.</summary>
    private static string Configuration(LocalRepository repository)
    {
        var theirs = LocalRepository.TextOf(In(repository.CommonDirectory, "config"), LongestConfiguration) ?? "";
        var extensions = string.Concat(
            Storage()
                .Matches(theirs)
                .Select(match => $"\t{match.Groups["name"].Value} = {match.Groups["value"].Value}\n")
        );
        return $"[core]\n\trepositoryformatversion = {(extensions.Length > 0 ? 1 : 0)}\n"
            + $"\tbare = {(repository.WorkTree is null ? "true" : "false")}\n"
            + (extensions.Length > 0 ? "[extensions]\n" + extensions : "");
    }

    private void Link(string target, string name)
    {
        if (System.IO.Path.Exists(target))
        {
            File.CreateSymbolicLink(At(name), target);
        }
    }

    private string At(string name) => In(Path, name);

    private static string In(params string[] names) => System.IO.Path.Combine(names);

    [GeneratedRegex(
        @"^\s*(?<name>objectformat|refstorage)\s*=\s*(?<value>[a-z0-9]+)\s*$",
        RegexOptions.IgnoreCase | RegexOptions.Multiline
    )]
    private static partial Regex Storage();
}
