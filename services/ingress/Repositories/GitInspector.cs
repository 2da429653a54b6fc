using Canary.Failures;
using Canary.Processes;
using Canary.Processes.Workspaces;

namespace Canary.Ingress.Repositories;

/// <summary>The commit that a person meant.</summary>
internal sealed record FoundCommit(string Commit, string Branch, string? Title, IReadOnlyList<string> Warnings);

/// <summary>Asks git which commit a branch stands for. Names go to git as arguments of their own, and only after they were
/// checked; what a repository's own configuration says is not obeyed.</summary>
internal sealed class GitInspector(GitClient git)
{
    private static readonly TimeSpan LocalLimit = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan RemoteLimit = TimeSpan.FromSeconds(30);

    public async Task<FoundCommit> ResolveLocalAsync(
        string path,
        string? branch,
        string? commit,
        CancellationToken cancellationToken
    )
    {
        RefuseUnreadable(path);
        if (!Directory.Exists(path))
        {
            throw new CanaryException(
                IngressCodes.RepositoryMissing,
                $"There is no directory '{path}' on the server.",
                "Check the path; it is a path on the machine that runs the server."
            );
        }

        if (LocalRepository.Find(path) is null)
        {
            throw new CanaryException(
                IngressCodes.RepositoryInvalid,
                $"'{path}' is not a git repository.",
                "Run 'git init' there and commit what should be released, or name the right directory."
            );
        }

        using var local = (await git.OpenAsync(path, cancellationToken))!;
        var name = branch ?? await CurrentBranchAsync(local, cancellationToken);
        var revision = commit ?? (name is null ? "HEAD" : $"refs/heads/{name}");
        var resolved = await LocalAsync(
            local,
            ["rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}"],
            cancellationToken
        );
        var id = GitClient.TextOf(resolved).Trim();
        if (!resolved.Succeeded || !GitNames.IsCommit(id))
        {
            throw await UnresolvedAsync(local, path, branch, commit, cancellationToken);
        }

        var title = await LocalAsync(
            local,
            ["log", "-1", "--no-show-signature", "--format=%s", id, "--"],
            cancellationToken
        );
        return new FoundCommit(
            id,
            name ?? "HEAD",
            title.Succeeded ? GitClient.TextOf(title) : null,
            branch is null && commit is null ? await WarningsAsync(local, cancellationToken) : []
        );
    }

    private static void RefuseUnreadable(string path)
    {
        try
        {
            using var entries = Directory.EnumerateFileSystemEntries(path).GetEnumerator();
            entries.MoveNext();
        }
        catch (UnauthorizedAccessException)
        {
            throw new CanaryException(
                IngressCodes.RepositoryUnreadable,
                $"The server, which runs as the user {Environment.UserName}, may not read '{path}'.",
                $"Clone it to where that user may (git clone --bare {path} /srv/git/NAME.git), or name an address that it can clone from."
            );
        }
        catch (IOException)
        {
            // It is not there.
        }
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
                IngressCodes.CommitAbbreviated,
                $"'{commit}' is the beginning of a commit id; a remote repository finds commits by their full id only.",
                "Give all 40 digits."
            );
        }

        string[] what = branch is null ? ["HEAD"] : [$"refs/heads/{branch}"];
        var listed = await git.TryAtAsync(
            address,
            ["ls-remote", "--symref", "--", address, .. what],
            RemoteLimit,
            cancellationToken
        );
        if (!listed.Succeeded)
        {
            throw new CanaryException(
                IngressCodes.RepositoryUnreachable,
                $"git cannot read '{address}': {Said(listed)}",
                "Check the address, the network, and that this server has the right to read the repository."
            );
        }

        var (head, symbolic) = ParseRemote(GitClient.TextOf(listed), what[0]);
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

    private async Task<string?> CurrentBranchAsync(RepositoryView local, CancellationToken cancellationToken)
    {
        var head = await LocalAsync(local, ["symbolic-ref", "--quiet", "--short", "HEAD"], cancellationToken);
        var name = GitClient.TextOf(head).Trim();
        return head.Succeeded && GitNames.IsBranch(name) ? name : null;
    }

    private async Task<CanaryException> UnresolvedAsync(
        RepositoryView local,
        string path,
        string? branch,
        string? commit,
        CancellationToken cancellationToken
    )
    {
        var any = await LocalAsync(local, ["rev-list", "--max-count=1", "--all"], cancellationToken);
        if (any.Succeeded && GitClient.TextOf(any).Trim().Length == 0)
        {
            return NoCommits(path);
        }

        if (commit is not null)
        {
            return new CanaryException(
                IngressCodes.CommitUnknown,
                $"'{path}' has no commit {commit}, or several that begin so.",
                "Give more digits of the id; 'git log' shows the commits."
            );
        }

        return BranchUnknown(branch ?? "HEAD", path, "See which branches there are: git branch.");
    }

    private async Task<IReadOnlyList<string>> WarningsAsync(RepositoryView local, CancellationToken cancellationToken)
    {
        if (!local.HasWorkTree)
        {
            return [];
        }

        var status = await LocalAsync(
            local,
            // Each submodule has a configuration of its own.
            ["status", "--porcelain", "-z", "--ignore-submodules=all"],
            cancellationToken,
            local.Index
        );
        var changed = GitClient.TextOf(status).Count(c => c == '\0');
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
            IngressCodes.RepositoryEmpty,
            $"'{repository}' has no commits yet.",
            "Commit what should be released: git add --all && git commit."
        );

    private static CanaryException BranchUnknown(string branch, string repository, string remedy) =>
        new(IngressCodes.BranchUnknown, $"'{repository}' has no branch '{branch}'.", remedy);

    private Task<ProcessResult> LocalAsync(
        RepositoryView local,
        IReadOnlyList<string> arguments,
        CancellationToken cancellationToken,
        params (string Name, string Value)[] environment
    ) => git.TryAsync([.. local.Arguments, .. arguments], LocalLimit, cancellationToken, environment);

    private static string Said(ProcessResult result) =>
        result.Ending == ProcessEnding.TimedOut ? "it did not answer in time."
        : PlainText.Line(result.OutputTail.Split('\n').LastOrDefault(line => line.Trim().Length > 0), 300) is { } line
            ? line
        : $"git ended with {result.ExitCode}.";
}
