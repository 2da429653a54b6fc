using Canary.Hosting.Security;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Canary.Packager.Checks;

internal static class CheckEndpoints
{
    public static void MapChecks(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/internal/check", Check).RequireService();

    private static Ok<CheckAnswer> Check(
        CheckRequest request,
        MetadataCheck check,
        CancellationToken cancellationToken
    ) => TypedResults.Ok(check.Check(request, cancellationToken));
}
