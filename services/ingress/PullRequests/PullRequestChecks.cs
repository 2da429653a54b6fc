using System.Globalization;
using Canary.GitHub;
using Canary.Ingress.Repositories;
using Canary.Ingress.Status;
using Microsoft.EntityFrameworkCore;

namespace Canary.Ingress.PullRequests;

/// <summary>Says for <c>canary doctor</c> whether pull requests can be looked at, and what waits for a person.</summary>
internal sealed class PullRequestChecks(RepositoryRegistry registry, GitHubApi github, IngressStore store)
{
    private const string Name = "pull-requests";

    public async Task<IReadOnlyList<StatusCheck>> RunAsync(CancellationToken cancellation)
    {
        if (!registry.All().Any(repository => repository.BuildsPullRequests))
        {
            return [];
        }

        var open = store.PullRequests.AsNoTracking().Where(pull => pull.IsOpen);
        var failing = await open.Where(pull => pull.Problem != null).OrderBy(pull => pull.Id).ToListAsync(cancellation);
        if (failing is [var first, ..])
        {
            return
            [
                StatusCheck.Warning(
                    Name,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"The heads of {failing.Count} pull requests cannot be found out. {first.Repository}#{first.Number}: {first.Problem}"
                    ),
                    first.Remedy ?? "See the log of this server."
                ),
            ];
        }

        var count = await open.CountAsync(cancellation);
        var waiting = await store.PullRequestBuilds.CountAsync(
            build => build.State == PullRequestStates.Waiting,
            cancellation
        );
        return
        [
            StatusCheck.Ok(
                Name,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{count} open, {waiting} of them {(waiting == 1 ? "waits" : "wait")} for an approval.{(github.IsUsed ? "" : " GitHub is not told: no App and no token is configured.")}"
                )
            ),
        ];
    }
}
