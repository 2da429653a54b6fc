namespace Canary.Ingress.Releases;

/// <summary>Server-sent events (WHATWG HTML, section 9.2), written so that they leave at once and a dead line is noticed.
/// </summary>
internal sealed class EventStream(HttpResponse response)
{
    private const string EventType = "release";

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        response.ContentType = "text/event-stream; charset=utf-8";
        response.Headers.CacheControl = "no-store";
        // Proxies that buffer would hold the events back.
        response.Headers["X-Accel-Buffering"] = "no";
        await WriteAsync(": connected\n\n", cancellationToken);
    }

    public Task HeartbeatAsync(CancellationToken cancellationToken) => WriteAsync(": alive\n\n", cancellationToken);

    /// <summary>JSON of ours has no line ends, so one data line holds it.</summary>
    public Task SendAsync(FeedEvent change, CancellationToken cancellationToken) =>
        WriteAsync($"id: {change.Id}\nevent: {EventType}\ndata: {change.Json}\n\n", cancellationToken);

    private async Task WriteAsync(string text, CancellationToken cancellationToken)
    {
        await response.WriteAsync(text, cancellationToken);
        await response.Body.FlushAsync(cancellationToken);
    }
}
