using Canary.Hosting.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Canary.Ingress.Releases;

/// <summary>Live progress as server-sent events: every event is a whole release, so a client shows the last one.</summary>
internal static class EventEndpoints
{
    private const string ContentType = "text/event-stream";

    public static void MapEvents(this IEndpointRouteBuilder routes)
    {
        routes
            .MapGet(
                "/releases/{id}/events",
                (string id, HttpContext context, ReleaseWatch watch) => watch.OneAsync(id, context)
            )
            .Followed()
            .WithName("WatchRelease")
            .WithSummary("Streams a release's states as server-sent events until it has ended.")
            .Produces<string>(StatusCodes.Status200OK, ContentType);
        routes
            .MapGet("/events", (HttpContext context, ReleaseWatch watch) => watch.AllAsync(context))
            .Followed()
            .WithName("WatchReleases")
            .WithSummary("Streams the states of all releases as server-sent events, without end.")
            .Produces<string>(StatusCodes.Status200OK, ContentType);
    }
}

/// <summary>Writes the feed to one client.</summary>
internal sealed class ReleaseWatch(
    ReleaseQueries queries,
    ReleaseFeed feed,
    IOptionsMonitor<IngressOptions> options,
    IHostApplicationLifetime lifetime
)
{
    /// <summary>How long a stream waits for the rollout's last report after the release has ended.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(5);

    public async Task<Results<EmptyHttpResult, ProblemHttpResult>> OneAsync(string id, HttpContext context)
    {
        var lookup = await queries.FindAsync(id, context.RequestAborted);
        return lookup.Release is { } release
            ? await StreamAsync(context, (stream, stop) => OneAsync(release.Id, stream, LastSeen(context), stop))
            : lookup.Problem!;
    }

    public Task<EmptyHttpResult> AllAsync(HttpContext context) =>
        StreamAsync(context, (stream, stop) => AllAsync(stream, LastSeen(context), stop));

    private static EventId? LastSeen(HttpContext context) => EventId.Parse(context.Request.Headers["Last-Event-ID"]);

    private async Task OneAsync(Guid id, EventStream stream, EventId? sent, CancellationToken stop)
    {
        using var subscription = feed.Subscribe(id);
        var current = await queries.SnapshotsAsync(x => x.Id == id, stop);
        IReadOnlyList<FeedEvent> events = [.. current.Select(feed.EventOf)];
        var isOver = false;
        while (true)
        {
            foreach (var change in events.Where(e => sent?.ShowsSameAs(e.Id) != true))
            {
                await stream.SendAsync(change, stop);
                sent = change.Id;
            }

            isOver |= events.Any(e => e.IsFinal);
            if (events.Any(e => e.IsSettled))
            {
                return;
            }

            events = await subscription.NextAsync(isOver ? Settling : options.CurrentValue.Heartbeat, stop);
            if (events.Count == 0)
            {
                if (isOver)
                {
                    return;
                }

                await stream.HeartbeatAsync(stop);
            }
        }
    }

    private async Task AllAsync(EventStream stream, EventId? last, CancellationToken stop)
    {
        using var subscription = feed.Subscribe(release: null);
        if (last is { } seen)
        {
            var since = new DateTimeOffset(Math.Max(0, seen.ChangedAtTicks - ReleaseFeed.Overlap.Ticks), TimeSpan.Zero);
            foreach (var missed in await queries.SnapshotsAsync(x => x.ChangedAt >= since, stop))
            {
                await stream.SendAsync(feed.EventOf(missed), stop);
            }
        }

        while (true)
        {
            var events = await subscription.NextAsync(options.CurrentValue.Heartbeat, stop);
            foreach (var change in events)
            {
                await stream.SendAsync(change, stop);
            }

            if (events.Count == 0)
            {
                await stream.HeartbeatAsync(stop);
            }
        }
    }

    private async Task<EmptyHttpResult> StreamAsync(
        HttpContext context,
        Func<EventStream, CancellationToken, Task> write
    )
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(
            context.RequestAborted,
            lifetime.ApplicationStopping
        );
        try
        {
            var stream = new EventStream(context.Response);
            await stream.StartAsync(stop.Token);
            await write(stream, stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The client left, or the host stops: there is nobody to tell.
        }

        return TypedResults.Empty;
    }
}
