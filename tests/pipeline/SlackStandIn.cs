using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Canary.Pipeline;

/// <summary>A stand-in for an incoming webhook of Slack (docs.slack.dev/messaging/sending-messages-using-incoming-webhooks): a POST of
/// JSON, answered by <c>ok</c>.</summary>
internal sealed class SlackStandIn : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly List<string> _messages = [];
    private readonly WebApplication _app;

    private SlackStandIn(int port)
    {
        Port = port;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://*:{port}");
        _app = builder.Build();
        _app.MapPost(Path, TakeAsync);
    }

    public static string Path => "/services/T0123/B0123/xyz";

    public int Port { get; }

    /// <summary>The first lines of what was posted, oldest first.</summary>
    public IReadOnlyList<string> Messages
    {
        get
        {
            lock (_gate)
            {
                return [.. _messages];
            }
        }
    }

    public static async Task<SlackStandIn> StartAsync()
    {
        var slack = new SlackStandIn(FreePort.Next());
        await slack._app.StartAsync();
        return slack;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task<string> TakeAsync(HttpRequest request)
    {
        var message = await JsonNode.ParseAsync(request.Body);
        lock (_gate)
        {
            _messages.Add(message!["text"]!.GetValue<string>());
        }

        return "ok";
    }
}
