using System.Net.Http.Headers;
using System.Text;
using Polly;

namespace Canary.Packager.Jobs;

/// <summary>Keeps packaging logs at ingress, where people read them.</summary>
internal sealed class PackagingLogs(HttpClient ingress, ILogger<PackagingLogs> logger)
{
    /// <summary>Stores the whole log of a release's packaging. A log that cannot be stored fails nothing: the outcome of the
    /// job says what matters.</summary>
    public async Task WriteAsync(Guid releaseId, string log, CancellationToken cancellation)
    {
        try
        {
            using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(log));
            content.Headers.ContentType = new MediaTypeHeaderValue("text/plain", "utf-8");
            using var response = await ingress.PutAsync(
                new Uri($"internal/releases/{releaseId}/logs/package?offset=0", UriKind.Relative),
                content,
                cancellation
            );
            response.EnsureSuccessStatusCode();
        }
        catch (Exception e)
            when (e is HttpRequestException or ExecutionRejectedException
                || (e is OperationCanceledException && !cancellation.IsCancellationRequested)
            )
        {
            logger.LogWarning(
                e,
                "The packaging log of release {ReleaseId} could not be stored:\n{Log}",
                releaseId,
                log
            );
        }
    }
}
