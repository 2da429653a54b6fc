using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Canary.Benchmarks;

/// <summary>What a server's start and memory are measured against: an ASP.NET host that does nothing. A process of its own: this
/// program, with hidden arguments.</summary>
internal static class EmptyHost
{
    /// <summary>First argument of the program.</summary>
    public const string Command = "--empty-host";

    public static Task<RunningProgram> StartAsync(string log, CancellationToken cancellationToken) =>
        RunningProgram.StartAsync(
            Environment.ProcessPath!,
            address => [Command, address],
            log,
            new Dictionary<string, string>(),
            cancellationToken
        );

    public static async Task RunAsync(string address)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().UseUrls(address);
        await using var app = builder.Build();
        app.MapGet("/health/ready", () => TypedResults.Ok());
        await app.RunAsync();
    }
}
