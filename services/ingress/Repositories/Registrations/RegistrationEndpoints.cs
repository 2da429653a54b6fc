using Canary.Failures;
using Canary.GitHub;
using Canary.Hosting.Http;
using Canary.Hosting.Security;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Canary.Ingress.Repositories.Registrations;

/// <summary>Adding and removing repositories over HTTP.</summary>
internal static class RegistrationEndpoints
{
    /// <param name="routes">Routes under <c>/api</c>.</param>
    public static void MapRegistrations(this IEndpointRouteBuilder routes)
    {
        routes
            .MapPost("/repositories", AddAsync)
            .RequireOperator()
            .WithName("AddRepository")
            .WithSummary(
                "Adds a repository at GitHub: makes its webhook, with a secret of its own. Once more: renews it."
            );
        routes
            .MapDelete("/repositories/{owner}/{name}", RemoveAsync)
            .RequireOperator()
            .WithName("RemoveRepository")
            .WithSummary("Removes a repository that was added, and its webhook.");
    }

    private static async Task<Results<Created<RegistrationView>, Ok<RegistrationView>, ProblemHttpResult>> AddAsync(
        RegistrationRequest request,
        Registrar registrar,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var (row, isNew) = await registrar.AddAsync(request, cancellationToken);
            var view = RegistrationView.Of(row) with { IsNew = isNew };
            return isNew ? TypedResults.Created($"/api/repositories/{row.Name}", view) : TypedResults.Ok(view);
        }
        catch (CanaryException e)
        {
            return Problems.Result(StatusOf(e), e);
        }
    }

    private static async Task<Results<Ok<RegistrationView>, ProblemHttpResult>> RemoveAsync(
        string owner,
        string name,
        string? by,
        Registrar registrar,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var (row, isHookLeft) = await registrar.RemoveAsync($"{owner}/{name}", by, cancellationToken);
            return TypedResults.Ok(RegistrationView.Of(row) with { IsWebhookLeft = isHookLeft });
        }
        catch (CanaryException e)
        {
            return Problems.Result(StatusOf(e), e);
        }
    }

    private static int StatusOf(CanaryException exception) =>
        exception.Code switch
        {
            IngressCodes.RepositoryInvalid or IngressCodes.ApplicationInvalid => StatusCodes.Status400BadRequest,
            IngressCodes.RepositoryNotAdded => StatusCodes.Status404NotFound,
            IngressCodes.RepositoryConfigured or IngressCodes.RepositoryReplaced or IngressCodes.ApplicationTaken =>
                StatusCodes.Status409Conflict,
            IngressCodes.WebhookUncertain or IngressCodes.WebhookLeft => StatusCodes.Status503ServiceUnavailable,
            _ when GitHubErrors.IsTransient(exception) => StatusCodes.Status503ServiceUnavailable,
            _ => StatusCodes.Status422UnprocessableEntity,
        };
}
