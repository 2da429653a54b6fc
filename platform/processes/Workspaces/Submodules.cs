using Canary.Failures;

namespace Canary.Processes.Workspaces;

/// <summary>A repository within another one.</summary>
/// <param name="Path">Where it is, below the other one.</param>
/// <param name="Directory">Absolute path of the empty directory that git has made there.</param>
/// <param name="Request">The commit of it.</param>
internal sealed record Submodule(string Path, string Directory, SourceRequest Request);

/// <summary>Finds the submodules of a commit (gitmodules(5)). A commit cannot have this machine ask any other: their addresses are on the
/// server of the repository that names them, or on one that is configured.</summary>
internal sealed class Submodules(GitClient git, WorkspaceOptions options)
{
    private const string ModeOfACommit = "160000";

    /// <exception cref="CanaryException"><c>submodule-refused</c>, <c>checkout-failed</c></exception>
    public async Task<IReadOnlyList<Submodule>> OfAsync(
        SourceRequest request,
        WorkTree tree,
        CancellationToken cancellation
    )
    {
        var commits = await CommitsAsync(request, tree, cancellation);
        if (commits.Count == 0)
        {
            return [];
        }

        var addresses = await AddressesAsync(request, tree, cancellation);
        return
        [
            .. commits.Select(it => new Submodule(
                it.Path,
                Path.Combine(tree.Files, it.Path),
                new SourceRequest { CloneUrl = AddressOf(request, it.Path, addresses), Commit = it.Commit }
            )),
        ];
    }

    private async Task<List<(string Path, string Commit)>> CommitsAsync(
        SourceRequest request,
        WorkTree tree,
        CancellationToken cancellation
    )
    {
        var result = await git.TryAsync([.. tree.Options, "ls-files", "--stage", "-z"], cancellation, tree.Index);
        return !result.Succeeded
            ? throw SourceFailures.CheckoutFailed(request, result)
            :
            [
                .. GitClient
                    .TextOf(result)
                    .Split('\0')
                    .Where(line => line.StartsWith($"{ModeOfACommit} ", StringComparison.Ordinal))
                    .Select(line => line.Split('\t', 2))
                    .Select(parts => (parts[1], parts[0].Split(' ')[1])),
            ];
    }

    private async Task<Dictionary<string, string>> AddressesAsync(
        SourceRequest request,
        WorkTree tree,
        CancellationToken cancellation
    )
    {
        // From the commit: what stands in the directory may be a link.
        var result = await git.TryAsync(
            [
                .. tree.Options,
                "config",
                "--blob",
                $"{request.Commit}:.gitmodules",
                "-z",
                "--get-regexp",
                @"^submodule\..*\.(path|url)$",
            ],
            cancellation
        );
        var settings = result.Succeeded
            ? GitClient
                .TextOf(result)
                .Split('\0', StringSplitOptions.RemoveEmptyEntries)
                .Select(it => it.Split('\n', 2))
            : [];
        var addresses = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var group in settings.Where(it => it.Length == 2).GroupBy(it => it[0][..it[0].LastIndexOf('.')]))
        {
            var values = group.ToLookup(it => it[0][(it[0].LastIndexOf('.') + 1)..], it => it[1]);
            if (values["path"].LastOrDefault() is { } path && values["url"].LastOrDefault() is { } url)
            {
                addresses[path] = url;
            }
        }

        return addresses;
    }

    private string AddressOf(SourceRequest request, string path, Dictionary<string, string> addresses)
    {
        if (!addresses.TryGetValue(path, out var url))
        {
            throw SourceFailures.SubmoduleRefused(
                request,
                path,
                "the commit does not say where it is",
                "Add it to .gitmodules (git submodule add), or remove it: git rm --cached."
            );
        }

        var address = SubmoduleAddress.Resolve(request.CloneUrl, url);
        return
            SubmoduleAddress.IsOnServerOf(request.CloneUrl, address)
            || options.SubmoduleHosts.Contains(SubmoduleAddress.HostOf(address), StringComparer.OrdinalIgnoreCase)
            ? address
            : throw SourceFailures.SubmoduleRefused(
                request,
                path,
                $"it is at '{address}', on another server than the repository",
                "Move it to the repository's server, or add the host to workspaces.submodule-hosts."
            );
    }
}
