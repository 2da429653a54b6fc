using Canary.Failures;
using Canary.Processes;
using Canary.Processes.Workspaces;

namespace Canary.Ingress.Repositories;

/// <summary>Asks git, which reads any repository.</summary>
internal sealed class GitBranches(GitClient git) : IBranchReader
{
    private const string BranchPrefix = "refs/heads/";

    private const string SymbolicPrefix = "ref: refs/heads/";

    public bool Reads(KnownRepository repository) => true;

    public async Task<BranchHeads> HeadsAsync(
        KnownRepository repository,
        TimeSpan limit,
        CancellationToken cancellation
    )
    {
        var address = repository.CloneAddress;
        using var local = await git.OpenAsync(address, cancellation);
        return local is null
            ? await RemoteHeadsAsync(address, limit, cancellation)
            : await LocalHeadsAsync(address, local, limit, cancellation);
    }

    public async Task<DescribedCommit> DescribeAsync(
        KnownRepository repository,
        string branch,
        string commit,
        TimeSpan limit,
        CancellationToken cancellation
    )
    {
        var address = repository.CloneAddress;
        using var local = await git.OpenAsync(address, cancellation);
        if (local is not null)
        {
            return await DescribeAsync(local.Arguments, address, commit, limit, cancellation);
        }

        var copy = Directory.CreateTempSubdirectory("canary-head-").FullName;
        try
        {
            string[] here = ["--git-dir", copy];
            BareRepository.Create(copy, commit);
            BareRepository.AddOrigin(copy, address);
            var fetched = await git.TryAtAsync(
                address,
                [
                    .. here,
                    "fetch",
                    "--quiet",
                    "--depth",
                    "1",
                    "--filter=tree:0",
                    "--no-tags",
                    "--no-write-fetch-head",
                    "--",
                    "origin",
                    $"+{BranchPrefix}{branch}:refs/fetched/head",
                ],
                limit,
                cancellation
            );
            return fetched.Succeeded
                ? await DescribeAsync(here, address, commit, limit, cancellation)
                : throw Unreachable(address, fetched);
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }

    private async Task<DescribedCommit> DescribeAsync(
        IReadOnlyList<string> repository,
        string address,
        string commit,
        TimeSpan limit,
        CancellationToken cancellation
    )
    {
        var said = await git.TryAsync(
            [.. repository, "log", "-1", "--no-show-signature", "--format=%an%n%B", commit, "--"],
            limit,
            cancellation,
            // What is not here is not fetched for it.
            ("GIT_ALLOW_PROTOCOL", "none")
        );
        if (!said.Succeeded)
        {
            throw Unreachable(address, said);
        }

        var text = GitClient.TextOf(said);
        var line = text.IndexOf('\n', StringComparison.Ordinal);
        return line < 0 ? new DescribedCommit(text, "") : new DescribedCommit(text[..line], text[(line + 1)..]);
    }

    private async Task<BranchHeads> RemoteHeadsAsync(string address, TimeSpan limit, CancellationToken cancellation)
    {
        var listed = await git.TryAtAsync(
            address,
            ["ls-remote", "--symref", "--", address, "HEAD", BranchPrefix + "*"],
            limit,
            cancellation
        );
        if (!listed.Succeeded)
        {
            throw Unreachable(address, listed);
        }

        string? main = null;
        var heads = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (value, name) in Lines(GitClient.TextOf(listed)))
        {
            if (name == "HEAD" && value.StartsWith(SymbolicPrefix, StringComparison.Ordinal))
            {
                main = value[SymbolicPrefix.Length..];
            }
            else
            {
                Add(heads, name, value);
            }
        }

        return new BranchHeads(main is not null && GitNames.IsBranch(main) ? main : null, heads);
    }

    private async Task<BranchHeads> LocalHeadsAsync(
        string address,
        RepositoryView local,
        TimeSpan limit,
        CancellationToken cancellation
    )
    {
        var listed = await git.TryAsync(
            [.. local.Arguments, "for-each-ref", "--format=%(objectname)%09%(refname)", BranchPrefix],
            limit,
            cancellation
        );
        if (!listed.Succeeded)
        {
            throw Unreachable(address, listed);
        }

        var heads = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (commit, name) in Lines(GitClient.TextOf(listed)))
        {
            Add(heads, name, commit);
        }

        var head = await git.TryAsync(
            [.. local.Arguments, "symbolic-ref", "--quiet", "--short", "HEAD"],
            limit,
            cancellation
        );
        var main = GitClient.TextOf(head).Trim();
        return new BranchHeads(head.Succeeded && GitNames.IsBranch(main) ? main : null, heads);
    }

    private static IEnumerable<(string Value, string Name)> Lines(string output) =>
        output
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split('\t'))
            .Where(parts => parts.Length == 2)
            .Select(parts => (parts[0], parts[1]));

    /// <summary>Names that git would not allow come from a server that is none.</summary>
    private static void Add(Dictionary<string, string> heads, string name, string commit)
    {
        if (
            name.StartsWith(BranchPrefix, StringComparison.Ordinal)
            && GitNames.IsBranch(name[BranchPrefix.Length..])
            && GitNames.IsCommit(commit)
            && !GitNames.IsZero(commit)
        )
        {
            heads[name[BranchPrefix.Length..]] = commit;
        }
    }

    private static CanaryException Unreachable(string address, ProcessResult result) =>
        new(
            IngressCodes.RepositoryUnreachable,
            $"git cannot read '{PlainText.Address(address)}': {Said(result)}",
            "Check the address, the network, and that this server has the right to read the repository."
        );

    private static string Said(ProcessResult result) =>
        result.Ending == ProcessEnding.TimedOut ? "it did not answer in time."
        : PlainText.Line(result.OutputTail.Split('\n').LastOrDefault(line => line.Trim().Length > 0), 300) is { } line
            ? line
        : $"git ended with {result.ExitCode}.";
}
