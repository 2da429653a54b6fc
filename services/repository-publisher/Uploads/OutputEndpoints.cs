using Canary.Durability.Storage;
using Canary.Failures;
using Canary.Hosting.Http;
using Canary.Hosting.Security;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Canary.RepositoryPublisher.Uploads;

/// <summary>How ci-coordinator brings what a build made, and the packager fetches it.</summary>
internal static class OutputEndpoints
{
    private const string Address = "/internal/outputs/{sha256}";

    public static void MapOutputs(this IEndpointRouteBuilder routes)
    {
        routes.MapPut(Address, PutAsync).RequireService();
        routes.MapGet(Address, Get).RequireService();
    }

    private static async Task<Results<Created, Ok, ProblemHttpResult>> PutAsync(
        string sha256,
        HttpContext http,
        OutputUploads uploads,
        RepositoryLayout layout,
        IOptions<RepositoryPublisherOptions> options
    )
    {
        var limit = options.Value.MaximumOutputSize;
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
            if (uploads.Find(sha256) is not null)
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
        catch (Exception e) when (StorageFault.From(e, layout.Public) is { } full)
        {
            return Problems.Result(StatusCodes.Status507InsufficientStorage, full);
        }
    }

    private static Results<PhysicalFileHttpResult, ProblemHttpResult> Get(string sha256, OutputUploads uploads) =>
        !PackageUploads.IsSha256(sha256) ? UploadRequest.Malformed()
        : uploads.Find(sha256) is { } file ? TypedResults.PhysicalFile(file.FullName, "application/zstd")
        : Problems.Result(
            StatusCodes.Status404NotFound,
            RepositoryPublisherCodes.BuildOutputGone,
            $"The build output {sha256} is not kept any more.",
            $"Build it again: {Remedies.ReleaseAgain}; or raise the option 'repository-publisher: output-retention'."
        );

    private static ProblemHttpResult TooLarge(long limit) =>
        Problems.Result(
            StatusCodes.Status413PayloadTooLarge,
            RepositoryPublisherCodes.BuildOutputTooLarge,
            $"The build output is larger than the {limit} bytes that are allowed.",
            "Let package.include in canary.yml take less, or raise the option 'repository-publisher: maximum-output-size'."
        );
}
