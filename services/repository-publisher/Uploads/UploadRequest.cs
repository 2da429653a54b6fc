using Canary.Hosting.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Canary.RepositoryPublisher.Uploads;

/// <summary>What all uploads under a checksum have in common.</summary>
internal static class UploadRequest
{
    /// <summary>Bounds the body.</summary>
    /// <returns>Whether the client says itself that it has more.</returns>
    public static bool IsLargerThan(this HttpContext http, long limit)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } bodySize)
        {
            bodySize.MaxRequestBodySize = limit;
        }

        return http.Request.ContentLength > limit;
    }

    /// <summary>Answers that the bytes are here already.</summary>
    public static async Task<Ok> KnownAsync(this HttpContext http)
    {
        // The client is sending already; it reads the answer only when all of it is gone.
        await http.Request.Body.CopyToAsync(Stream.Null, http.RequestAborted);
        return TypedResults.Ok();
    }

    public static ProblemHttpResult Malformed() =>
        Problems.Result(
            StatusCodes.Status400BadRequest,
            RepositoryPublisherCodes.ChecksumMalformed,
            "The last part of the address is not a SHA-256 checksum.",
            "Use 64 lower-case hexadecimal digits, as sha256sum prints them."
        );
}
