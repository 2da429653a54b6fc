using System.Text;
using Canary.Failures;
using Canary.Files;
using Canary.Processes;

namespace Canary.Ingress.Repositories;

/// <summary>The commit that a person meant.</summary>
internal sealed record FoundCommit(string Commit, string Branch, string? Title, IReadOnlyList<string> Warnings);

/// <summary>Asks git which commit a branch stands for. Names go to git as arguments of their own, and only after they were
/// checked.</summary>
internal sealed class GitInspector(DataDirectory data)
{
    private static readonly TimeSpan LocalLimit = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan RemoteLimit = TimeSpan.FromSeconds(30);

    private const int OutputLimit = 4 * 1024 * 1024;

    public async Task<FoundCommit> ResolveLocalAsync(
        string path,
        string? branch,
        string? commit,
        CancellationToken cancellationToken
    )
    {
        if (!Directory.Exists(path))
        {
            throw new CanaryException(
                "repository-missing",
                $"There is no directory '{path}' on the server.",
                "Check the path; it is a path on the machine that runs the server."
            );
        }

        var inside = await GitAsync(["-C", path, "rev-parse", "--git-dir"], LocalLimit, cancellationToken);
        if (!inside.Succeeded)
        {
            throw new CanaryException(
                "repository-invalid",
                $"'{path}' is not a git repository: {Said(inside)}",
                "Run 'git init' there and commit what should be released, or name the right directory."
            );
        }

        var name = branch ?? await CurrentBranchAsync(path, cancellationToken);
        var revision = commit ?? (name is null ? "HEAD" : $"refs/heads/{name}");
        var resolved = await GitAsync(
            ["-C", path, "rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}"],
            LocalLimit,
            cancellationToken
        );
        var id = Text(resolved).Trim();
        if (!resolved.Succeeded || !GitNames.IsCommit(id))
        {
            throw await UnresolvedAsync(path, branch, commit, cancellationToken);
        }

        var title = await GitAsync(["-C", path, "log", "-1", "--format=%s", id, "--"], LocalLimit, cancellationToken);
        return new FoundCommit(
            id,
            name ?? "HEAD",
            title.Succeeded ? Text(title) : null,
            branch is null && commit is null ? await WarningsAsync(path, cancellationToken) : []
        );
    }

    public async Task<FoundCommit> ResolveRemoteAsync(
        string address,
        string? branch,
        string? commit,
        CancellationToken cancellationToken
    )
    {
        if (commit is not null && !GitNames.IsCommit(commit))
        {
            throw new CanaryException(
                "commit-abbreviated",
                $"'{commit}' is the beginning of a commit id; a remote repository finds commits by their full id only.",
                "Give all 40 digits."
            );
        }

        string[] what = branch is null ? ["HEAD"] : [$"refs/heads/{branch}"];
        var listed = await GitAsync(["ls-remote", "--symref", "--", address, .. what], RemoteLimit, cancellationToken);
        if (!listed.Succeeded)
        {
            throw new CanaryException(
                "repository-unreachable",
                $"git cannot read '{address}': {Said(listed)}",
                "Check the address, the network, and that this server has the right to read the repository."
            );
        }

        var (head, symbolic) = ParseRemote(Text(listed), what[0]);
        if (head is null)
        {
            throw branch is null
                ? NoCommits(address)
                : BranchUnknown(branch, address, "See which branches there are: git ls-remote --heads.");
        }

        return new FoundCommit(commit ?? head, branch ?? symbolic ?? "HEAD", Title: null, []);
    }

    private static (string? Commit, string? Symbolic) ParseRemote(string output, string what)
    {
        string? commit = null;
        string? symbolic = null;
        foreach (var line in output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Split('\t') is not [var left, var right] || right != what)
            {
                continue;
            }

            const string SymbolicPrefix = "ref: refs/heads/";
            if (left.StartsWith(SymbolicPrefix, StringComparison.Ordinal))
            {
                symbolic = left[SymbolicPrefix.Length..] is var name && GitNames.IsBranch(name) ? name : null;
            }
            else if (GitNames.IsCommit(left))
            {
                commit = left;
            }
        }

        return (commit, symbolic);
    }

    private async Task<string?> CurrentBranchAsync(string path, CancellationToken cancellationToken)
    {
        var head = await GitAsync(
            ["-C", path, "symbolic-ref", "--quiet", "--short", "HEAD"],
            LocalLimit,
            cancellationToken
        );
        var name = Text(head).Trim();
        return head.Succeeded && GitNames.IsBranch(name) ? name : null;
    }

    private async Task<CanaryException> UnresolvedAsync(
        string path,
        string? branch,
        string? commit,
        CancellationToken cancellationToken
    )
    {
        var any = await GitAsync(["-C", path, "rev-list", "--max-count=1", "--all"], LocalLimit, cancellationToken);
        if (any.Succeeded && Text(any).Trim().Length == 0)
        {
            return NoCommits(path);
        }

        if (commit is not null)
        {
            return new CanaryException(
                "commit-unknown",
                $"'{path}' has no commit {commit}, or several that begin so.",
                "Give more digits of the id; 'git log' shows the commits."
            );
        }

        return BranchUnknown(branch ?? "HEAD", path, "See which branches there are: git branch.");
    }

    private async Task<IReadOnlyList<string>> WarningsAsync(string path, CancellationToken cancellationToken)
    {
        var bare = await GitAsync(["-C", path, "rev-parse", "--is-bare-repository"], LocalLimit, cancellationToken);
        if (Text(bare).Trim() == "true")
        {
            return [];
        }

        var status = await GitAsync(["-C", path, "status", "--porcelain", "-z"], LocalLimit, cancellationToken);
        var changed = Text(status).Count(c => c == '\0');
        return status.Succeeded && changed > 0
            ?
            [
                $"The work tree has {changed} uncommitted change{(changed == 1 ? "" : "s")}; the release has only what is "
                    + "committed.",
            ]
            : [];
    }

    private static CanaryException NoCommits(string repository) =>
        new(
            "repository-empty",
            $"'{repository}' has no commits yet.",
            "Commit what should be released: git add --all && git commit."
        );

    private static CanaryException BranchUnknown(string branch, string repository, string remedy) =>
        new("branch-unknown", $"'{repository}' has no branch '{branch}'.", remedy);

    private Task<ProcessResult> GitAsync(
        IReadOnlyList<string> arguments,
        TimeSpan limit,
        CancellationToken cancellationToken
    )
    {
        var directory = data.For("ingress");
        return SupervisedProcess.RunAsync(
            new ProcessSpec
            {
                FileName = "git",
                Arguments = arguments,
                WorkingDirectory = directory,
                Owner = directory,
                Environment = new Dictionary<string, string>
                {
                    ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "/usr/local/bin:/usr/bin:/bin",
                    ["HOME"] = Environment.GetEnvironmentVariable("HOME") ?? directory,
                    ["LC_ALL"] = "C.UTF-8",
                    ["GIT_TERMINAL_PROMPT"] = "0",
                    ["GIT_ASKPASS"] = "/bin/false",
                    ["GIT_SSH_COMMAND"] = "ssh -oBatchMode=yes",
                    ["GIT_ALLOW_PROTOCOL"] = "https:http:ssh:file",
                    ["GIT_OPTIONAL_LOCKS"] = "0",
                    // Whoever may ask for a release of a local path is an operator: the owner of the directory does not
                    // matter, but what its configuration would have git start does.
                    ["GIT_CONFIG_COUNT"] = "3",
                    ["GIT_CONFIG_KEY_0"] = "safe.directory",
                    ["GIT_CONFIG_VALUE_0"] = "*",
                    ["GIT_CONFIG_KEY_1"] = "core.fsmonitor",
                    ["GIT_CONFIG_VALUE_1"] = "false",
                    ["GIT_CONFIG_KEY_2"] = "core.hooksPath",
                    ["GIT_CONFIG_VALUE_2"] = "/dev/null",
                },
                TimeLimit = limit,
                OutputLimit = OutputLimit,
                CaptureStandardOutput = true,
            },
            cancellationToken
        );
    }

    private static string Text(ProcessResult result) => Encoding.UTF8.GetString(result.StandardOutput.Span);

    private static string Said(ProcessResult result) =>
        result.Ending == ProcessEnding.TimedOut ? "it did not answer in time."
        : PlainText.Line(result.OutputTail.Split('\n').LastOrDefault(line => line.Trim().Length > 0), 300) is { } line
            ? line
        : $"git ended with {result.ExitCode}.";
}
