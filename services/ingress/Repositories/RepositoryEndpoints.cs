using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Canary.Ingress.Repositories;

/// <summary>The repositories over HTTP.</summary>
internal static class RepositoryEndpoints
{
    /// <param name="routes">Routes under <c>/api</c> that read.</param>
    public static void MapRepositories(this IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/repositories", ListAsync)
            .WithName("ListRepositories")
            .WithSummary(
                "Lists the repositories of the configuration and those that were added, when each was looked at, and what began no release."
            );

    private static async Task<Ok<RepositoryList>> ListAsync(
        RepositoryRegistry registry,
        IngressStore store,
        CancellationToken cancellationToken
    )
    {
        var rows = await store.LookedAt.AsNoTracking().ToDictionaryAsync(row => row.Id, cancellationToken);
        return TypedResults.Ok(
            new RepositoryList([
                .. registry
                    .All()
                    .Select(repository =>
                    {
                        var row = rows.GetValueOrDefault(repository.Key);
                        return new ListedRepository
                        {
                            Name = repository.Name,
                            Source = $"{repository.Source}".ToLowerInvariant(),
                            Application = repository.IsApplicationChosen ? repository.Application : null,
                            Branch = repository.Branch,
                            AddedBy = repository.AddedBy,
                            LooksEvery = repository.PollEvery,
                            LookedAt = row?.LookedAt,
                            Error = row?.Problem,
                            Remedy = row?.Remedy,
                            FailingSince = row?.FailingSince,
                            NotReleased = row?.NotReleased,
                            NotReleasedAt = row?.NotReleasedAt,
                        };
                    }),
            ])
        );
    }
}
