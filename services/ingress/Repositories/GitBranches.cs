using System.Globalization;
using Canary.Failures;
using Canary.Processes;
using Canary.Processes.Workspaces;

namespace Canary.Ingress.Repositories;

/// <summary>Asks git, which reads any repository; what it takes is limited, whatever the server sends.</summary>
internal sealed class GitBranches(GitClient git, FetchedHeads fetched) : IBranchReader
{
    private const long MostMemory = 1L << 30;

    private const long LongestMessage = 1L << 20;

    /// <summary>An id, a name as long as they may be, and what is around them.</summary>
    private const long LongestList = BranchHeads.Most * 400L;

    private const string BranchPrefix = "refs/heads/";

    private const string SymbolicPrefix = "ref: refs/heads/";

    /// <summary>Most bytes that the newest commit of a branch may bring. A server that does not filter sends its files, too.</summary>
    public long LargestFetch { get; init; } = 512L << 20;

    private GitClient ForLists => git.Within(LimitsOf(LongestList));

    private GitClient ForMessages => git.Within(LimitsOf(LongestMessage));

    public bool Reads(KnownRepository repository) => true;

    public async Task<BranchHeads> HeadsAsync(KnownRepository repository, CancellationToken cancellation)
    {
        var address = repository.CloneAddress;
        using var local = await git.OpenAsync(address, cancellation);
        return local is null
            ? await RemoteHeadsAsync(address, cancellation)
            : await LocalHeadsAsync(address, local, cancellation);
    }

    public async Task<DescribedCommit> DescribeAsync(
        KnownRepository repository,
        string branch,
        string commit,
        CancellationToken cancellation
    )
    {
        var address = repository.CloneAddress;
        using var local = await git.OpenAsync(address, cancellation);
        if (local is not null)
        {
            return await DescribeAsync(local.Arguments, address, commit, cancellation);
        }

        using var copy = fetched.Make();
        string[] here = ["--git-dir", copy.Path];
        BareRepository.Create(copy.Path, commit, address);
        var result = await ForMessages.TryAtAsync(
            address,
            [
                .. here,
                // Each thread takes memory of its own.
                "-c",
                "pack.threads=1",
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
            limit: null,
            cancellation
        );
        return result.Succeeded ? await DescribeAsync(here, address, commit, cancellation)
            : copy.Reaches(LargestFetch) ? throw TooLarge(address, branch)
            : throw Unreachable(address, result);
    }

    private async Task<DescribedCommit> DescribeAsync(
        IReadOnlyList<string> repository,
        string address,
        string commit,
        CancellationToken cancellation
    )
    {
        var said = await ForMessages.TryAsync(
            [.. repository, "log", "-1", "--no-show-signature", "--format=%an%n%B", commit, "--"],
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

    private async Task<BranchHeads> RemoteHeadsAsync(string address, CancellationToken cancellation)
    {
        var listed = await ForLists.TryAtAsync(
            address,
            ["ls-remote", "--symref", "--", address, "HEAD", BranchPrefix + "*"],
            limit: null,
            cancellation
        );
        ThrowUnlessListed(address, listed);
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

        ThrowIfTooMany(address, heads);
        return new BranchHeads(main is not null && GitNames.IsBranch(main) ? main : null, heads);
    }

    private async Task<BranchHeads> LocalHeadsAsync(
        string address,
        RepositoryView local,
        CancellationToken cancellation
    )
    {
        var listed = await ForLists.TryAsync(
            [.. local.Arguments, "for-each-ref", "--format=%(objectname)%09%(refname)", BranchPrefix],
            cancellation
        );
        ThrowUnlessListed(address, listed);
        var heads = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (commit, name) in Lines(GitClient.TextOf(listed)))
        {
            Add(heads, name, commit);
        }

        ThrowIfTooMany(address, heads);
        var head = await git.TryAsync([.. local.Arguments, "symbolic-ref", "--quiet", "--short", "HEAD"], cancellation);
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

    private GitLimits LimitsOf(long output) =>
        new()
        {
            Output = output,
            File = LargestFetch,
            Memory = MostMemory,
        };

    private static void ThrowUnlessListed(string address, ProcessResult listed)
    {
        if (listed.Ending == ProcessEnding.OutputLimit)
        {
            throw BranchHeads.TooMany(PlainText.Address(address));
        }

        if (!listed.Succeeded)
        {
            throw Unreachable(address, listed);
        }
    }

    private static void ThrowIfTooMany(string address, Dictionary<string, string> heads)
    {
        if (heads.Count > BranchHeads.Most)
        {
            throw BranchHeads.TooMany(PlainText.Address(address));
        }
    }

    private CanaryException TooLarge(string address, string branch) =>
        new(
            IngressCodes.CommitTooLarge,
            string.Create(
                CultureInfo.InvariantCulture,
                $"The newest commit of {branch} at '{PlainText.Address(address)}' brings more than {LargestFetch >> 20} MiB."
            ),
            "Let the server filter what it sends: git config uploadpack.allowFilter true."
        );

    private static CanaryException Unreachable(string address, ProcessResult result) =>
        new(
            IngressCodes.RepositoryUnreachable,
            $"git cannot read '{PlainText.Address(address)}': {Said(result)}",
            "Check the address, the network, and that this server has the right to read the repository."
        );

    private static string Said(ProcessResult result) =>
        result.Ending == ProcessEnding.TimedOut ? "it did not answer in time."
        : result.Ending == ProcessEnding.OutputLimit ? "it printed without end."
        : PlainText.Line(result.OutputTail.Split('\n').LastOrDefault(line => line.Trim().Length > 0), 300) is { } line
            ? line
        : $"git ended with {result.ExitCode}.";
}
