using Canary.Failures;

namespace Canary.Processes.Workspaces;

/// <summary>Lays out the files of a commit: those in git, and where it is switched on, those of its submodules and those in Git LFS.</summary>
internal sealed class CommitFiles(GitClient git, WorkspaceOptions options, Func<SourceRequest, SourceCopy> copyFor)
{
    private readonly LargeFiles _largeFiles = new(git);

    private readonly Submodules _submodules = new(git, options);

    /// <summary>Writes them.</summary>
    /// <param name="copy">The local copy of the repository, which has the commit.</param>
    /// <param name="request">Which commit.</param>
    /// <param name="root">A private directory for what git needs meanwhile.</param>
    /// <param name="files">Where they go: an empty directory.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>Paths of the files that a filter of git's would have changed: they are as the repository has them.</returns>
    public async Task<IReadOnlyList<string>> WriteAsync(
        SourceCopy copy,
        SourceRequest request,
        string root,
        string files,
        CancellationToken cancellation
    )
    {
        var tree = await WriteTreeAsync(copy, request, root, files, cancellation);
        if (request is { WithRepository: true, SelfContained: true })
        {
            await TakeInBorrowedAsync(tree.GitDirectory, request, cancellation);
        }

        using var budget = new SubmoduleBudget(options.TimeLimit, cancellation);
        try
        {
            return await FillAsync(copy, request, tree, root, budget);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw SourceFailures.SubmodulesTooSlow(request, options.TimeLimit);
        }
    }

    private async Task<WorkTree> WriteTreeAsync(
        SourceCopy copy,
        SourceRequest request,
        string root,
        string files,
        CancellationToken cancellation
    )
    {
        var tree = new WorkTree(copy.Path, files, Path.Combine(root, $"index-{Guid.NewGuid():N}"));
        if (request.WithRepository)
        {
            var repository = Path.Combine(files, ".git");
            tree = new WorkTree(repository, files, Path.Combine(repository, "index"));
            BareRepository.CreateBorrowing(repository, copy.Path, request);
        }

        var result = await git.TryAsync(
            [.. tree.Options, "read-tree", "--reset", "-u", request.Commit],
            cancellation,
            tree.Index
        );
        return result.Succeeded ? tree : throw SourceFailures.CheckoutFailed(request, result);
    }

    private async Task TakeInBorrowedAsync(string repository, SourceRequest request, CancellationToken cancellation)
    {
        var result = await git.TryAsync(["--git-dir", repository, "repack", "-a", "-d", "-q"], cancellation);
        if (!result.Succeeded)
        {
            throw SourceFailures.CheckoutFailed(request, result);
        }

        BareRepository.StopBorrowing(repository);
    }

    /// <summary>What git itself leaves out. The index tells without a process whether there can be any.</summary>
    private async Task<IReadOnlyList<string>> FillAsync(
        SourceCopy copy,
        SourceRequest request,
        WorkTree tree,
        string root,
        SubmoduleBudget budget
    )
    {
        var filtered = new List<string>();
        if (tree.Mentions(".gitattributes"u8))
        {
            if (options.LargeFiles)
            {
                await _largeFiles.FetchAsync(copy, request, tree, root, budget.Cancellation);
            }

            filtered.AddRange(await FilteredAsync(request, tree, budget.Cancellation));
        }

        // What a stranger's commit names would be fetched with the rights of the repository.
        if (options.Submodules && request.PullRequest is null && tree.Mentions(".gitmodules"u8))
        {
            foreach (var submodule in await _submodules.OfAsync(request, tree, budget.Cancellation))
            {
                budget.Take(submodule);
                filtered.AddRange(await WriteAsync(submodule, root, budget));
            }
        }

        return filtered;
    }

    private async Task<IEnumerable<string>> WriteAsync(Submodule submodule, string root, SubmoduleBudget budget)
    {
        try
        {
            var copy = copyFor(submodule.Request);
            try
            {
                return await WriteAsync(copy, submodule, root, budget);
            }
            catch (CanaryException fault) when (fault.Code == ProcessesCodes.CheckoutFailed)
            {
                await copy.DistrustAsync(submodule.Request.Commit, budget.Cancellation);
                return await WriteAsync(copy, submodule, root, budget);
            }
        }
        catch (CanaryException fault)
        {
            throw SourceFailures.OfSubmodule(submodule, fault);
        }
    }

    private async Task<IEnumerable<string>> WriteAsync(
        SourceCopy copy,
        Submodule submodule,
        string root,
        SubmoduleBudget budget
    )
    {
        using var hold = await copy.HoldAsync(submodule.Request, budget.Cancellation);
        var tree = await WriteTreeAsync(copy, submodule.Request, root, submodule.Directory, budget.Cancellation);
        var filtered = await FillAsync(copy, submodule.Request, tree, root, budget);
        return filtered.Select(path => $"{submodule.Path}/{path}");
    }

    private async Task<IEnumerable<string>> FilteredAsync(
        SourceRequest request,
        WorkTree tree,
        CancellationToken cancellation
    )
    {
        // Large files are known by their content: one that was fetched is none any more.
        var result = await git.TryAsync(
            [
                .. tree.Options,
                "ls-files",
                "-z",
                "--",
                ":/",
                ":(top,exclude,attr:!filter)",
                ":(top,exclude,attr:-filter)",
                ":(top,exclude,attr:filter=lfs)",
            ],
            cancellation,
            tree.Index
        );
        return result.Succeeded
            ? GitClient.TextOf(result).Split('\0', StringSplitOptions.RemoveEmptyEntries)
            : throw SourceFailures.CheckoutFailed(request, result);
    }
}
