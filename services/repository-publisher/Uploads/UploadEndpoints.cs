using Canary.Contracts.Packaging;
using Canary.Durability.Storage;
using Canary.Failures;
using Canary.Hosting.Http;
using Canary.Hosting.Security;
using Canary.RepositoryPublisher.Names;
using Canary.RepositoryPublisher.Pool;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Canary.RepositoryPublisher.Uploads;

/// <summary>How the packager brings the bytes of a package.</summary>
internal static class UploadEndpoints
{
    private const string Address = "/internal/packages/{sha256}";

    public static void MapUploads(this IEndpointRouteBuilder routes)
    {
        routes.MapPut(Address, UploadAsync).RequireService();
        routes.MapGet(Address, InspectAsync).RequireService();
    }

    private static async Task<Results<Created, Ok, ProblemHttpResult>> UploadAsync(
        string sha256,
        HttpContext http,
        PackageUploads uploads,
        PackagePool pool,
        RepositoryStore store,
        RepositoryLayout layout,
        IOptions<RepositoryPublisherOptions> options
    )
    {
        var limit = options.Value.MaximumPackageSize;
        if (!PackageUploads.IsSha256(sha256))
        {
            return UploadRequest.Malformed();
        }

        if (http.IsLargerThan(limit))
        {
            return TooLarge(limit);
        }

        try
        {
            if (uploads.TryRenew(sha256) || await pool.HasAsync(store, sha256, http.RequestAborted))
            {
                return await http.KnownAsync();
            }

            await uploads.StoreAsync(sha256, http.Request.Body, http.RequestAborted);
            return TypedResults.Created();
        }
        catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return TooLarge(limit);
        }
        catch (CanaryException e) when (e.Code != RepositoryPublisherCodes.ChecksumMismatch)
        {
            return Problems.Result(StatusCodes.Status422UnprocessableEntity, e);
        }
        catch (Exception e) when (StorageFault.From(e, layout.Public) is { } full)
        {
            return Problems.Result(StatusCodes.Status507InsufficientStorage, full);
        }
    }

    private static async Task<Results<Ok<PackageReference>, ProblemHttpResult>> InspectAsync(
        string sha256,
        string application,
        PackagePool pool,
        CancellationToken cancellationToken
    )
    {
        if (!PackageUploads.IsSha256(sha256))
        {
            return UploadRequest.Malformed();
        }

        try
        {
            return TypedResults.Ok(
                await pool.InspectAsync(
                    new Publication(application, Repository: null, IsConfigured: false),
                    sha256,
                    cancellationToken
                )
            );
        }
        catch (CanaryException e)
        {
            return Problems.Result(StatusCodes.Status422UnprocessableEntity, e);
        }
    }

    internal static ProblemHttpResult TooLarge(long limit) =>
        Problems.Result(
            StatusCodes.Status413PayloadTooLarge,
            RepositoryPublisherCodes.PackageTooLarge,
            $"The package is larger than the {limit} bytes that are allowed.",
            "Make the package smaller, or raise the option 'repository-publisher: maximum-package-size'."
        );
}
