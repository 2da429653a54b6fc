using Canary.Durability.Storage;
using Canary.Failures;
using Canary.Hosting.Http;
using Canary.Hosting.Security;
using Canary.RepositoryPublisher.Uploads;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Canary.RepositoryPublisher.Import;

/// <summary>What another repository has, for ingress.</summary>
internal static class ImportEndpoints
{
    public static void MapImport(this IEndpointRouteBuilder routes)
    {
        var imports = routes.MapGroup("/internal/repository/imports").RequireService();
        imports.MapPost(
            "/plan",
            async (ImportQuestion question, RepositoryImport import, CancellationToken cancellationToken) =>
                TypedResults.Ok(await import.PlanAsync(question.Files, cancellationToken))
        );
        imports.MapPut("/files/{sha256}", TakeInAsync);
        imports.MapPost(
            "/listings",
            async (ListingQuestion question, RepositoryImport import, CancellationToken cancellationToken) =>
                TypedResults.Ok(await import.ListAsync(question.Listings, cancellationToken))
        );
    }

    private static async Task<Results<Ok<PlannedFile>, ProblemHttpResult>> TakeInAsync(
        [AsParameters] ForeignFile file,
        HttpContext http,
        RepositoryImport import,
        RepositoryLayout layout,
        IOptions<RepositoryPublisherOptions> options
    )
    {
        if (!PackageUploads.IsSha256(file.Sha256))
        {
            return UploadRequest.Malformed();
        }

        if (http.IsLargerThan(options.Value.MaximumPackageSize))
        {
            return UploadEndpoints.TooLarge(options.Value.MaximumPackageSize);
        }

        try
        {
            await import.TakeInAsync(file, http.Request.Body, http.RequestAborted);
            await http.KnownAsync();
            return TypedResults.Ok(new PlannedFile(file.Sha256, RepositoryImport.Present, null));
        }
        catch (CanaryException e)
        {
            return Problems.Result(StatusCodes.Status422UnprocessableEntity, e);
        }
        catch (Exception e) when (StorageFault.From(e, layout.Public) is { } full)
        {
            return Problems.Result(StatusCodes.Status507InsufficientStorage, full);
        }
    }
}
