using Canary.Failures;

namespace Canary.Processes.Workspaces;

/// <summary>The commits of a branch without their files, to tell whether one was built upon another: kept beside the local copy,
/// which holds single commits with their files.</summary>
internal sealed class CommitHistory(string path, GitClient git)
{
    private const string Fetched = "refs/fetched/head";

    /// <summary>Finds out how a commit that is not the head stands to it.</summary>
    internal async Task<CommitPosition> PositionAsync(
        SourceRequest request,
        string head,
        RepositoryView? local,
        CancellationToken cancellation
    )
    {
        try
        {
            return await TryPositionAsync(request, head, local, cancellation);
        }
        catch (CanaryException e) when (e.Code == ProcessesCodes.CheckoutFailed)
        {
            // What a power cut damaged is made anew.
            RemovedDirectory.Delete(path);
            return await TryPositionAsync(request, head, local, cancellation);
        }
    }

    private async Task<CommitPosition> TryPositionAsync(
        SourceRequest request,
        string head,
        RepositoryView? local,
        CancellationToken cancellation
    )
    {
        Prepare(request);
        if (LocalObjects.Of(request.CloneUrl) is { } objects)
        {
            BareRepository.Borrow(path, objects);
        }
        else
        {
            await FetchAsync(request, local, cancellation);
        }
        var described = await GitAsync(
            ["log", "-1", "--no-show-signature", "--format=%an%n%s", head, "--"],
            cancellation
        );
        if (!described.Succeeded)
        {
            throw SourceFailures.CheckoutFailed(request, described);
        }
        var ancestry = await GitAsync(["merge-base", "--is-ancestor", request.Commit, head], cancellation);
        var lines = GitClient.TextOf(described).Split('\n');
        return new CommitPosition
        {
            Head = head,
            // 1: it is none; 128: the repository has no such commit.
            Relation =
                ancestry.Succeeded ? CommitRelation.Ancestor
                : ancestry is { Ending: ProcessEnding.Exited, ExitCode: 1 or 128 } ? CommitRelation.Elsewhere
                : throw SourceFailures.CheckoutFailed(request, ancestry),
            HeadAuthor = lines[0],
            HeadTitle = lines.ElementAtOrDefault(1),
        };
    }

    private void Prepare(SourceRequest request)
    {
        if (!File.Exists(Path.Combine(path, "HEAD")))
        {
            BareRepository.Create(path, request.Commit, request.CloneUrl);
        }
        BareRepository.Unlock(path);
    }

    private async Task FetchAsync(SourceRequest request, RepositoryView? local, CancellationToken cancellation)
    {
        // A server that knows no filter sends the files too; here they cost no network.
        string[] from = local is null ? ["--filter=tree:0", "--", "origin"] : ["--", local.Path];
        var fetched = await git.TryAtAsync(
            local?.Path ?? request.CloneUrl,
            [
                "--git-dir",
                path,
                "fetch",
                "--quiet",
                "--no-tags",
                "--no-write-fetch-head",
                .. from,
                $"+{request.Reference}:{Fetched}",
            ],
            limit: null,
            cancellation
        );
        if (!fetched.Succeeded)
        {
            throw SourceFailures.Unreachable(request, fetched);
        }
    }

    /// <summary>What is not here is not fetched one by one.</summary>
    private Task<ProcessResult> GitAsync(string[] arguments, CancellationToken cancellation) =>
        git.TryAsync(["--git-dir", path, .. arguments], cancellation, ("GIT_ALLOW_PROTOCOL", "none"));
}
