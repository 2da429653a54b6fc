using Canary.Cli.Local;

namespace Canary.Cli.Run;

/// <summary>Exactly what a run releases: one commit of one branch of a repository of this machine.</summary>
internal sealed record LocalRevision(string Repository, string Branch, string Commit, bool HasUncommittedChanges)
{
    /// <summary>Looks it up, so that a typing error is told here and now.</summary>
    public static async Task<LocalRevision> FindAsync(
        string path,
        string? branch,
        string? commit,
        CancellationToken cancellation
    )
    {
        if (!Directory.Exists(path))
        {
            throw CliException.Usage(
                CliCodes.RepositoryMissing,
                $"There is no directory {path}.",
                "Give the path of a git repository: --repo PATH."
            );
        }

        var git =
            await Git.FindAsync(path, cancellation)
            ?? throw CliException.Usage(
                CliCodes.NotARepository,
                $"{path} is no git repository.",
                "Make it one with 'git init' and commit its files, or give another --repo PATH."
            );
        var head = await git.TryAsync(cancellation, "symbolic-ref", "--quiet", "--short", "HEAD");
        branch ??= head.Succeeded
            ? head.Output.Trim()
            : throw CliException.Usage(
                CliCodes.NoBranch,
                $"{path} has no branch checked out.",
                "Say which branch the commit is on: --branch NAME."
            );

        var revision = commit ?? $"refs/heads/{branch}";
        var found = await git.TryAsync(cancellation, "rev-parse", "--verify", "--quiet", $"{revision}^{{commit}}");
        if (!found.Succeeded)
        {
            throw CliException.Usage(
                CliCodes.CommitMissing,
                commit is null ? $"{path} has no commit on branch {branch}." : $"{path} has no commit {commit}.",
                commit is null
                    ? "Commit first, or give another --branch NAME."
                    : "Give a commit that is there: git log."
            );
        }

        var status = git.HasWorkTree
            // Each submodule has a configuration of its own.
            ? await git.TryAsync(
                cancellation,
                "status",
                "--porcelain",
                "--untracked-files=no",
                "--ignore-submodules=all"
            )
            : null;
        return new LocalRevision(
            git.Directory,
            branch,
            found.Output.Trim(),
            status is { Succeeded: true, Output.Length: > 0 }
        );
    }
}
