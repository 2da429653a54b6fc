using System.Globalization;
using Canary.Failures;
using Canary.GitHub;
using Microsoft.Extensions.Options;
using Octokit;

namespace Canary.Ingress.Repositories;

/// <summary>Asks GitHub's API, with questions that cost none of its requests while nothing has changed, and leaves enough of these to
/// others.</summary>
internal sealed class GitHubBranches(GitHubApi github, IOptionsMonitor<IngressOptions> options) : IBranchReader
{
    private static readonly ApiOptions EnoughPages = new() { PageSize = 100, PageCount = (BranchHeads.Most / 100) + 1 };

    /// <summary>An address that the operator gave leads elsewhere.</summary>
    public bool Reads(KnownRepository repository) =>
        github.IsUsed && repository is { Source: SourceKind.Github, CloneUrl: null };

    public async Task<BranchHeads> HeadsAsync(KnownRepository repository, CancellationToken cancellation)
    {
        var name = NameOf(repository);
        // What this costs while nothing changes is nothing, and GitHub says with it how much is left.
        var about = await github.AskAsync(name, client => client.Repository.Get(name.Owner, name.Name), cancellation);
        LeaveEnough(name);
        var branches = await github.AskAsync(
            name,
            client => client.Repository.Branch.GetAll(name.Owner, name.Name, EnoughPages),
            cancellation
        );
        if (branches.Count > BranchHeads.Most)
        {
            throw BranchHeads.TooMany(repository.Name);
        }

        return new BranchHeads(
            GitNames.IsBranch(about.DefaultBranch ?? "") ? about.DefaultBranch : null,
            branches
                .Where(branch => GitNames.IsBranch(branch.Name) && GitNames.IsCommit(branch.Commit.Sha))
                .DistinctBy(branch => branch.Name)
                .ToDictionary(branch => branch.Name, branch => branch.Commit.Sha, StringComparer.Ordinal),
            GitNames.IsRepository(about.FullName ?? "") ? new RepositoryIdentity(about.Id, about.FullName!) : null
        );
    }

    public Task<DescribedCommit> DescribeAsync(
        KnownRepository repository,
        string branch,
        string commit,
        CancellationToken cancellation
    )
    {
        var name = NameOf(repository);
        return github.AskAsync(
            name,
            async client =>
            {
                var found = await client.Git.Commit.Get(name.Owner, name.Name, commit);
                return new DescribedCommit(found.Author.Name, found.Message);
            },
            cancellation
        );
    }

    private void LeaveEnough(RepositoryName name)
    {
        var reserve = options.CurrentValue.Polling.GithubReserve;
        if (github.LeftFor(name) is { } left && left.Remaining < reserve)
        {
            throw new CanaryException(
                GitHubCodes.GithubLimited,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"GitHub allows {left.Remaining} of {left.Limit} requests in this hour, and {reserve} are left to what is more urgent."
                ),
                "Nothing: it is asked again when there are more. If that happens often, look less often (poll), or see who else uses the App or the token."
            );
        }
    }

    private static RepositoryName NameOf(KnownRepository repository) =>
        RepositoryName.Of(repository.Name)
        ?? throw new CanaryException(
            IngressCodes.RepositoryInvalid,
            $"'{repository.Name}' is no repository of GitHub.",
            "Write OWNER/NAME, or set its source."
        );
}
