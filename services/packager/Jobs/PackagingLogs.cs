using System.Net.Http.Headers;
using System.Text;
using Polly;

namespace Canary.Packager.Jobs;

/// <summary>Keeps packaging logs at ingress, where people read them.</summary>
internal sealed class PackagingLogs(HttpClient ingress, TimeProvider time, ILogger<PackagingLogs> logger)
{
    /// <summary>The outcome waits for the log, so that whoever sees the one finds the other; but not for long.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    /// <summary>Stores the whole log of a release's packaging. A log that cannot be stored fails nothing: the outcome of the
    /// job says what matters.</summary>
    public async Task WriteAsync(Guid releaseId, string log, CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(LongestWait, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        try
        {
            using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(log));
            content.Headers.ContentType = new MediaTypeHeaderValue("text/plain", "utf-8");
            using var response = await ingress.PutAsync(
                new Uri($"internal/releases/{releaseId}/logs/package?offset=0", UriKind.Relative),
                content,
                stop.Token
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
