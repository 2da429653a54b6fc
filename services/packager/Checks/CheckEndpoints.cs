using Canary.Hosting.Security;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Canary.Packager.Checks;

internal static class CheckEndpoints
{
    public static void MapChecks(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/internal/check", CheckAsync).RequireService();

    private static async Task<Ok<CheckAnswer>> CheckAsync(
        CheckRequest request,
        MetadataCheck check,
        PublisherRules publisher,
        CancellationToken cancellationToken
    )
    {
        var answer = check.Check(request, cancellationToken);
        return TypedResults.Ok(
            answer.Package is { } package
                ? answer with
                {
                    Faults =
                    [
                        .. answer.Faults,
                        .. await publisher.FaultsOfAsync(package, request.Owner, cancellationToken),
                    ],
                }
                : answer
        );
    }
}
