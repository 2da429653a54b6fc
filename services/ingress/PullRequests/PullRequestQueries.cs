using System.Globalization;
using Canary.Hosting.Http;
using Canary.Ingress.Repositories;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Canary.Ingress.PullRequests;

/// <summary>Finds the pull request that a person means.</summary>
internal sealed class PullRequestQueries(IngressStore store)
{
    private const int MostListed = 200;

    private const int MostBuilds = 50;

    public async Task<PullRequestList> ListAsync(string? application, bool all, CancellationToken cancellation)
    {
        var pulls = await store
            .PullRequests.AsNoTracking()
            .Where(pull => (application == null || pull.Application == application) && (all || pull.IsOpen))
            .OrderByDescending(pull => pull.ChangedAt)
            .Take(MostListed)
            .ToListAsync(cancellation);
        var ids = pulls.Select(pull => pull.Id).ToList();
        var newest = await store
            .PullRequestBuilds.AsNoTracking()
            .Where(build =>
                ids.Contains(build.PullRequestId)
                && !store.PullRequestBuilds.Any(other =>
                    other.PullRequestId == build.PullRequestId && other.Ordinal > build.Ordinal
                )
            )
            .ToListAsync(cancellation);
        var builds = newest.ToLookup(build => build.PullRequestId);
        return new PullRequestList([.. pulls.Select(pull => PullRequestView.Of(pull, builds[pull.Id]))]);
    }

    /// <returns>The pull request, or why there is not exactly one.</returns>
    public async Task<(PullRequestRow? Pull, ProblemHttpResult? Problem)> FindAsync(
        string application,
        int number,
        string? repository,
        CancellationToken cancellation
    )
    {
        var found = await store
            .PullRequests.Where(pull => pull.Application == application && pull.Number == number)
            .ToListAsync(cancellation);
        if (repository is not null)
        {
            found = [.. found.Where(pull => pull.Repository.Equals(repository, StringComparison.OrdinalIgnoreCase))];
        }

        return found switch
        {
            [var one] => (one, null),
            [] => (
                null,
                Problems.Result(
                    StatusCodes.Status404NotFound,
                    IngressCodes.PullRequestUnknown,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"No pull request {number} of '{PlainText.Line(application, 100)}' is known."
                    ),
                    "See which are: canary pulls list --all. GitHub's webhook must send pull_request events, and the repository's entry in "
                        + "ingress.repositories say 'pull-requests: true'."
                )
            ),
            _ => (
                null,
                Problems.Result(
                    StatusCodes.Status409Conflict,
                    IngressCodes.PullRequestAmbiguous,
                    $"Several repositories have such a pull request: {string.Join(", ", found.Select(pull => pull.Repository))}.",
                    "Name the repository: --repo OWNER/NAME."
                )
            ),
        };
    }

    public async Task<PullRequestView> ShowAsync(PullRequestRow pull, CancellationToken cancellation) =>
        PullRequestView.Of(
            pull,
            await store
                .PullRequestBuilds.AsNoTracking()
                .Where(build => build.PullRequestId == pull.Id)
                .OrderByDescending(build => build.Ordinal)
                .Take(MostBuilds)
                .ToListAsync(cancellation)
        );

    /// <param name="pull">The pull request.</param>
    /// <param name="commit">The commit, or how it begins; <c>null</c>: its head.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<PullRequestBuildRow?> BuildAsync(PullRequestRow pull, string? commit, CancellationToken cancellation) =>
        store
            .PullRequestBuilds.AsNoTracking()
            .Where(build => build.PullRequestId == pull.Id && (commit == null || build.Commit.StartsWith(commit)))
            .OrderByDescending(build => build.Ordinal)
            .FirstOrDefaultAsync(cancellation);
}
