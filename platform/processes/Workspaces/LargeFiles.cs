using Canary.Failures;

namespace Canary.Processes.Workspaces;

/// <summary>Fetches what a commit keeps in Git LFS, by git-lfs. What is fetched stays beside the local copy of the repository, for the
/// next commit and the next stage.</summary>
internal sealed class LargeFiles(GitClient git)
{
    /// <summary>Where the server keeps them: beside the repository, whatever a file of the commit (.lfsconfig) says, which would
    /// have this machine ask any other (git-lfs docs/api/server-discovery.md).</summary>
    private static string AddressFor(string cloneUrl) =>
        cloneUrl.StartsWith('/') ? new Uri(cloneUrl).AbsoluteUri
        : !cloneUrl.StartsWith("http", StringComparison.Ordinal) ? cloneUrl
        : cloneUrl.EndsWith(".git", StringComparison.Ordinal) ? $"{cloneUrl}/info/lfs"
        : $"{cloneUrl.TrimEnd('/')}.git/info/lfs";

    /// <exception cref="CanaryException"><c>large-files-unreachable</c> or <c>program-missing</c>.</exception>
    public async Task FetchAsync(
        SourceCopy copy,
        SourceRequest request,
        WorkTree tree,
        string root,
        CancellationToken cancellation
    )
    {
        var result = await git.TryAtAsync(
            request.CloneUrl,
            [
                // git-lfs writes files only where it is installed as a filter.
                "-c",
                "filter.lfs.clean=git-lfs clean -- %f",
                "-c",
                "filter.lfs.smudge=git-lfs smudge -- %f",
                "-c",
                "filter.lfs.process=git-lfs filter-process",
                "-c",
                "filter.lfs.required=true",
                "-c",
                $"lfs.url={AddressFor(request.CloneUrl)}",
                "-c",
                $"lfs.storage={Path.Combine(copy.Path, "lfs")}",
                "-c",
                "lfs.fetchinclude=",
                "-c",
                "lfs.fetchexclude=",
                .. Repository(copy, request, tree, root).Options,
                "lfs",
                "pull",
                "origin",
            ],
            limit: null,
            cancellation,
            tree.Index
        );
        if (!result.Succeeded)
        {
            throw result.OutputTail.Contains("'lfs' is not a git command", StringComparison.Ordinal)
                ? SourceFailures.WithoutGitLfs()
                : SourceFailures.LargeFilesUnreachable(request, result);
        }
    }

    /// <summary>git-lfs asks for the commit that is checked out, which a local copy does not say.</summary>
    private static WorkTree Repository(SourceCopy copy, SourceRequest request, WorkTree tree, string root)
    {
        var directory = Path.Combine(root, $"lfs-{Guid.NewGuid():N}.git");
        BareRepository.CreateBorrowing(directory, copy.Path, request);
        if (LocalObjects.Of(request.CloneUrl) is { } objects)
        {
            // What stands beside borrowed objects is taken from there.
            BareRepository.Borrow(directory, $"{Path.Combine(copy.Path, "objects")}\n{objects}");
        }

        return tree with
        {
            GitDirectory = directory,
        };
    }
}
