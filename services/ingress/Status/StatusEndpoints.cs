using System.Reflection;
using Canary.Hosting.Discovery;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Canary.Ingress.Status;

internal static class StatusEndpoints
{
    public static void MapStatus(this IEndpointRouteBuilder routes)
    {
        // Its clock starts when it is made: now, not at the first question.
        routes.ServiceProvider.GetRequiredService<StartTime>();
        routes
            .MapGet("/status", GetAsync)
            .WithName("GetStatus")
            .WithSummary("Shows how the server is, and what it lacks; with fresh=true not as it was some seconds ago.");
    }

    private static async Task<Ok<StatusView>> GetAsync(
        StatusReport report,
        ServiceDirectory services,
        StartTime start,
        CancellationToken cancellationToken,
        bool fresh = false
    ) =>
        TypedResults.Ok(
            new StatusView
            {
                Version = Version,
                Uptime = TimeSpan.FromSeconds((long)start.Elapsed.TotalSeconds).ToString("c"),
                Listening = services.OwnAddress().ToString(),
                Checks = await report.GetAsync(fresh, cancellationToken),
            }
        );

    private static string Version { get; } =
        typeof(StatusEndpoints)
            .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
            ?.InformationalVersion.Split('+')[0]
        ?? "unknown";
}

/// <summary>When the server started.</summary>
internal sealed class StartTime(TimeProvider time)
{
    private readonly long _started = time.GetTimestamp();

    public TimeSpan Elapsed => time.GetElapsedTime(_started);
}
