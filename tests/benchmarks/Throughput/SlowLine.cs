using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Canary.Benchmarks.Throughput;

/// <summary>The way to the publisher over a slow line: an upload takes as long as it takes, and costs nobody a processor
/// meanwhile.</summary>
internal sealed class SlowLine : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _publisher = new();
    private readonly TimeSpan _upload;

    private SlowLine(WebApplication app, TimeSpan upload)
    {
        _app = app;
        _upload = upload;
    }

    /// <summary>This end of the line.</summary>
    public string Address => _app.Urls.First();

    public static async Task<SlowLine> StartAsync(TimeSpan upload)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var line = new SlowLine(app, upload);
        app.Run(line.ForwardAsync);
        await app.StartAsync();
        return line;
    }

    /// <summary>Sets the other end.</summary>
    public void LeadsTo(Uri publisher) => _publisher.BaseAddress = publisher;

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _publisher.Dispose();
    }

    private async Task ForwardAsync(HttpContext context)
    {
        if (HttpMethods.IsPut(context.Request.Method))
        {
            await Task.Delay(_upload, TimeProvider.System, context.RequestAborted);
        }

        using var request = new HttpRequestMessage(
            new HttpMethod(context.Request.Method),
            context.Request.Path + context.Request.QueryString
        );
        if (context.Request.ContentLength is { } length)
        {
            request.Content = new StreamContent(context.Request.Body);
            request.Content.Headers.ContentLength = length;
            request.Content.Headers.TryAddWithoutValidation("Content-Type", context.Request.ContentType);
        }

        if (AuthenticationHeaderValue.TryParse(context.Request.Headers.Authorization, out var token))
        {
            request.Headers.Authorization = token;
        }

        using var answer = await _publisher.SendAsync(
            request,
            HttpCompletionOption.ResponseHeadersRead,
            context.RequestAborted
        );
        context.Response.StatusCode = (int)answer.StatusCode;
        await answer.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
    }
}
