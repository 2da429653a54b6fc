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

        var git = new Git(path);
        var top = await git.TryAsync(cancellation, "rev-parse", "--show-toplevel");
        var bare = await git.TryAsync(cancellation, "rev-parse", "--absolute-git-dir");
        if (!bare.Succeeded)
        {
            throw CliException.Usage(
                CliCodes.NotARepository,
                $"{path} is no git repository that git reads: {FirstLine(bare.Error)}",
                "Make it one with 'git init' and commit its files, or give another --repo PATH."
            );
        }

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

        var status = top.Succeeded
            ? await git.TryAsync(cancellation, "status", "--porcelain", "--untracked-files=no")
            : null;
        return new LocalRevision(
            (top.Succeeded ? top : bare).Output.TrimEnd('\n'),
            branch,
            found.Output.Trim(),
            status is { Succeeded: true, Output.Length: > 0 }
        );
    }

    private static string FirstLine(string text) => text.Trim().Split('\n')[0];
}
