using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;

namespace Canary.Benchmarks.Webhooks;

/// <summary>
/// What ingress is measured against: an endpoint that reads the body, publishes it, and answers when the broker has
/// confirmed. It checks nothing and remembers nothing. A process of its own: this program, with hidden arguments.
/// </summary>
internal static class BareEndpoint
{
    /// <summary>First argument of the program.</summary>
    public const string Command = "--bare-endpoint";

    public static async Task RunAsync(string address, string broker, string queue)
    {
        await using var connection = await new ConnectionFactory { Uri = new Uri(broker) }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync(
            new CreateChannelOptions(
                publisherConfirmationsEnabled: true,
                publisherConfirmationTrackingEnabled: true,
                outstandingPublisherConfirmationsRateLimiter: null
            )
        );
        var properties = new BasicProperties { Persistent = true };

        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().UseUrls(address);
        await using var app = builder.Build();
        app.MapGet("/health/ready", () => TypedResults.Ok());
        app.MapPost(
            "/webhooks/github",
            async (HttpContext context) =>
            {
                var body = new byte[(int)context.Request.ContentLength!.Value];
                await context.Request.Body.ReadExactlyAsync(body);
                await channel.BasicPublishAsync("", queue, mandatory: true, properties, body);
                context.Response.StatusCode = StatusCodes.Status202Accepted;
                context.Response.ContentLength = 0;
            }
        );
        await app.RunAsync();
    }
}
