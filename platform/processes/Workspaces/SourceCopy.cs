using System.Security.Cryptography;
using System.Text;

namespace Canary.Processes.Workspaces;

/// <summary>The local bare copy of one repository: each commit is fetched once, whoever asks for it.</summary>
internal sealed class SourceCopy(string directory, string cloneUrl, GitClient git, WorkspaceOptions options)
    : IDisposable
{
    private readonly SemaphoreSlim _oneFetch = new(1);
    private int _users;
    private bool _mayBorrow = true;

    internal string Path { get; } =
        System.IO.Path.Combine(
            directory,
            Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(cloneUrl)))[..32] + ".git"
        );

    /// <summary>Sees to it that the commit is here and stays until the result is disposed of.</summary>
    internal async Task<IDisposable> HoldAsync(SourceRequest request, CancellationToken cancellation)
    {
        await _oneFetch.WaitAsync(cancellation);
        try
        {
            if (File.Exists(ReferenceOf(request.Commit)))
            {
                return Use();
            }
            if (_users == 0 && CommitCount() >= options.CommitsPerCopy)
            {
                RemovedDirectory.Delete(Path);
            }
            Prepare(request.Commit);
            using var local = await git.OpenAsync(request.CloneUrl, cancellation);
            if (!await TryBorrowAsync(request, cancellation))
            {
                await FetchAsync(request, local, cancellation);
            }
            return Use();
        }
        finally
        {
            _oneFetch.Release();
        }
    }

    public void Dispose() => _oneFetch.Dispose();

    private Usage Use()
    {
        Interlocked.Increment(ref _users);
        return new Usage(() => Interlocked.Decrement(ref _users));
    }

    /// <summary>Asks the repository where the commit stands on its branch. What that brings here, a checkout of the branch's head
    /// does not fetch again.</summary>
    internal async Task<CommitPosition> LocateAsync(SourceRequest request, CancellationToken cancellation)
    {
        await _oneFetch.WaitAsync(cancellation);
        try
        {
            using var local = await git.OpenAsync(request.CloneUrl, cancellation);
            var head =
                LocalObjects.HeadOf(request.CloneUrl, request.Reference)
                ?? await FetchHeadAsync(request, local, cancellation);
            return head == request.Commit
                ? new CommitPosition { Head = head, Relation = CommitRelation.Head }
                : await new CommitHistory(System.IO.Path.ChangeExtension(Path, ".history.git"), git).PositionAsync(
                    request,
                    head,
                    local,
                    cancellation
                );
        }
        finally
        {
            _oneFetch.Release();
        }
    }

    private async Task<string> FetchHeadAsync(
        SourceRequest request,
        RepositoryView? local,
        CancellationToken cancellation
    )
    {
        if (_users == 0 && CommitCount() >= options.CommitsPerCopy)
        {
            RemovedDirectory.Delete(Path);
        }
        Prepare(request.Commit);
        // Not by its name: one branch's name may be a directory of another's.
        var fetched =
            $"refs/fetched/{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(request.Reference)))}";
        string[] references = [$"+{request.Reference}:{fetched}"];
        var result = await TryFetchAsync(["--depth", "1"], references, request, local, cancellation);
        if (!result.Succeeded && result.OutputTail.Contains("shallow", StringComparison.OrdinalIgnoreCase))
        {
            // A plain file server gives whole branches only.
            result = await TryFetchAsync([], references, request, local, cancellation);
        }
        if (!result.Succeeded)
        {
            throw result.Ending == ProcessEnding.Exited
            && result.OutputTail.Contains("couldn't find remote ref", StringComparison.OrdinalIgnoreCase)
                ? SourceFailures.BranchMissing(request)
                : SourceFailures.Unreachable(request, result);
        }
        var file = System.IO.Path.Combine(Path, fetched);
        var head = (await File.ReadAllTextAsync(file, cancellation)).Trim();
        Directory.CreateDirectory(References);
        await File.WriteAllTextAsync(ReferenceOf(head), head + "\n", cancellation);
        return head;
    }

    /// <summary>Makes the next request fetch the commit again: what is here turned out to be damaged.</summary>
    internal async Task DistrustAsync(string commit, CancellationToken cancellation)
    {
        await _oneFetch.WaitAsync(cancellation);
        try
        {
            File.Delete(ReferenceOf(commit));
            _mayBorrow = false;
            if (_users == 0)
            {
                RemovedDirectory.Delete(Path);
            }
        }
        finally
        {
            _oneFetch.Release();
        }
    }

    /// <summary>Every commit that is here leaves a reference, so that asking needs no process.</summary>
    private string ReferenceOf(string commit) => System.IO.Path.Combine(References, commit);

    private string References => System.IO.Path.Combine(Path, "refs", "commits");

    private int CommitCount() => Directory.Exists(References) ? Directory.EnumerateFiles(References).Count() : 0;

    /// <summary>Reads the objects of a repository on this machine in place, which spares the copying.</summary>
    private async Task<bool> TryBorrowAsync(SourceRequest request, CancellationToken cancellation)
    {
        if (!_mayBorrow || LocalObjects.Of(request.CloneUrl) is not { } objects)
        {
            return false;
        }
        BareRepository.Borrow(Path, objects);
        if (!LocalObjects.HoldsLoose(objects, request.Commit))
        {
            var check = await git.TryAsync(
                ["--git-dir", Path, "cat-file", "-e", request.Commit + "^{commit}"],
                cancellation
            );
            if (!check.Succeeded)
            {
                return false;
            }
        }
        Directory.CreateDirectory(References);
        await File.WriteAllTextAsync(ReferenceOf(request.Commit), request.Commit + "\n", cancellation);
        return true;
    }

    private void Prepare(string commit)
    {
        if (!File.Exists(System.IO.Path.Combine(Path, "HEAD")))
        {
            BareRepository.Create(Path, commit);
        }
        BareRepository.Unlock(Path);
    }

    private async Task FetchAsync(SourceRequest request, RepositoryView? local, CancellationToken cancellation)
    {
        var byCommit = await TryFetchAsync(
            ["--depth", "1"],
            [$"+{request.Commit}:refs/commits/{request.Commit}"],
            request,
            local,
            cancellation
        );
        if (byCommit.Succeeded)
        {
            return;
        }
        Classify(byCommit, request);
        if (request.PullRequest is not null)
        {
            // By its name it may be something else by now, of any size, that nobody has approved.
            throw SourceFailures.NotGivenOut(request);
        }

        // A server of protocol version 0 or a plain file server gives branches only, the latter not even shallow ones.
        string[] references = request.Branch is { } branch
            ? [$"+refs/heads/{branch}:refs/fetched/heads/{branch}"]
            : ["+refs/heads/*:refs/fetched/heads/*", "+refs/tags/*:refs/fetched/tags/*"];
        var byBranch = await TryFetchAsync([], references, request, local, cancellation);
        if (!byBranch.Succeeded)
        {
            Classify(byBranch, request);
            throw SourceFailures.CommitMissing(request);
        }
        var reference = await git.TryAsync(
            ["--git-dir", Path, "update-ref", "refs/commits/" + request.Commit, request.Commit],
            cancellation
        );
        if (!reference.Succeeded)
        {
            throw SourceFailures.CommitMissing(request);
        }
    }

    private Task<ProcessResult> TryFetchAsync(
        string[] flags,
        string[] references,
        SourceRequest request,
        RepositoryView? local,
        CancellationToken cancellation
    ) =>
        git.TryAtAsync(
            local?.Path ?? request.CloneUrl,
            [
                "--git-dir",
                Path,
                "fetch",
                "--quiet",
                "--no-tags",
                "--no-write-fetch-head",
                .. flags,
                "--",
                local?.Path ?? request.CloneUrl,
                .. references,
            ],
            limit: null,
            cancellation
        );

    /// <summary>Throws unless the failure is about the commit rather than about the repository.</summary>
    private static void Classify(ProcessResult result, SourceRequest request)
    {
        string[] aboutTheCommit =
        [
            "not our ref",
            "unadvertised object",
            "couldn't find remote ref",
            "shallow",
            "no such remote ref",
        ];
        if (
            result.Ending == ProcessEnding.Exited
            && aboutTheCommit.Any(text => result.OutputTail.Contains(text, StringComparison.OrdinalIgnoreCase))
        )
        {
            return;
        }
        throw SourceFailures.Unreachable(request, result);
    }

    private sealed class Usage(Action release) : IDisposable
    {
        private Action? _release = release;

        public void Dispose() => Interlocked.Exchange(ref _release, null)?.Invoke();
    }
}
