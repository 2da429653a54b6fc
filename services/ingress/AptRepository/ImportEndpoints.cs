using Canary.Hosting.Http;
using Canary.Hosting.Security;
using Canary.Ingress.Audit;
using Canary.Ingress.Releases;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Canary.Ingress.AptRepository;

/// <summary>Takes over what another package repository has: <c>canary repo import</c>.</summary>
internal static class ImportEndpoints
{
    private const int MostAtOnce = 1000;

    /// <param name="routes">Routes under <c>/api</c>.</param>
    public static void MapImport(this IEndpointRouteBuilder routes)
    {
        routes
            .MapPost("/apt/imports/plan", PlanAsync)
            .RequireOperator()
            .WithName("PlanImport")
            .WithSummary("Says of package files of another repository what would come of each.");
        routes
            .MapPut("/apt/imports/files/{sha256}", TakeInAsync)
            .RequireOperator()
            .WithName("ImportPackageFile")
            .WithSummary("Takes a package file of another repository into the pool; the body is the file.");
        routes
            .MapPost("/apt/imports/listings", ListAsync)
            .RequireOperator()
            .WithName("ListImportedPackages")
            .WithSummary("Has suites list imported packages as another repository did.");
    }

    private static async Task<Results<Ok<ImportPlan>, ProblemHttpResult>> PlanAsync(
        ImportQuestion question,
        PublisherClient publisher,
        CancellationToken cancellationToken
    ) =>
        question.Files.Count > MostAtOnce
            ? TooMany()
            : (await publisher.PlanImportAsync(question, cancellationToken)).ToResult();

    private static async Task<Results<Ok<PlannedFile>, ProblemHttpResult>> TakeInAsync(
        [AsParameters] ForeignFile file,
        string? by,
        HttpContext context,
        PublisherClient publisher,
        AuditLog audit,
        CancellationToken cancellationToken
    )
    {
        // The publisher bounds it.
        context.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize = null;
        var answer = await publisher.ImportAsync(file, context.Request, cancellationToken);
        if (answer.Value is not null)
        {
            await audit.WriteAsync(
                Decision.Of(AuditedActions.ImportPackage, new Decision { By = by }) with
                {
                    Detail = $"{file.Package} {file.Version} {file.Architecture} of {file.Application}",
                },
                cancellationToken
            );
        }

        return answer.ToResult();
    }

    private static async Task<Results<Ok<ListingAnswer>, ProblemHttpResult>> ListAsync(
        ListingQuestion question,
        PublisherClient publisher,
        AuditLog audit,
        CancellationToken cancellationToken
    )
    {
        if (question.Listings.Count > MostAtOnce)
        {
            return TooMany();
        }

        var answer = await publisher.ListImportedAsync(question, cancellationToken);
        foreach (var listed in (answer.Value?.Listings ?? []).Where(outcome => outcome.State == "listed"))
        {
            await audit.WriteAsync(
                Decision.Of(AuditedActions.ListPackage, new Decision { By = question.By }) with
                {
                    Detail = $"{listed.Suite} offers {listed.Package} {listed.Offered}",
                },
                cancellationToken
            );
        }

        return answer.ToResult();
    }

    private static ProblemHttpResult TooMany() =>
        Problems.Result(
            StatusCodes.Status400BadRequest,
            IngressCodes.ImportTooLarge,
            $"More than {MostAtOnce} were asked for at once.",
            "Ask for them in parts."
        );
}
