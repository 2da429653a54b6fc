using Canary.Durability.Storage;
using Canary.Failures;
using Canary.Hosting.Http;
using Canary.Hosting.Security;
using Microsoft.AspNetCore.Http.Features;
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
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } bodySize)
        {
            bodySize.MaxRequestBodySize = limit;
        }

        if (!PackageUploads.IsSha256(sha256))
        {
            return Malformed();
        }

        if (http.Request.ContentLength > limit)
        {
            return TooLarge(limit);
        }

        try
        {
            if (uploads.Find(sha256) is not null)
            {
                // The client is sending already; it reads the answer only when all of it is gone.
                await http.Request.Body.CopyToAsync(Stream.Null, http.RequestAborted);
                return TypedResults.Ok();
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
        !PackageUploads.IsSha256(sha256) ? Malformed()
        : uploads.Find(sha256) is { } file ? TypedResults.PhysicalFile(file.FullName, "application/zstd")
        : Problems.Result(
            StatusCodes.Status404NotFound,
            RepositoryPublisherCodes.BuildOutputGone,
            $"The build output {sha256} is not kept any more.",
            $"Build it again: {Remedies.ReleaseAgain}; or raise the option 'repository-publisher: output-retention'."
        );

    private static ProblemHttpResult Malformed() =>
        Problems.Result(
            StatusCodes.Status400BadRequest,
            RepositoryPublisherCodes.ChecksumMalformed,
            "The last part of the address is not a SHA-256 checksum.",
            "Use 64 lower-case hexadecimal digits, as sha256sum prints them."
        );

    private static ProblemHttpResult TooLarge(long limit) =>
        Problems.Result(
            StatusCodes.Status413PayloadTooLarge,
            RepositoryPublisherCodes.BuildOutputTooLarge,
            $"The build output is larger than the {limit} bytes that are allowed.",
            "Let package.include in canary.yml take less, or raise the option 'repository-publisher: maximum-output-size'."
        );
}
