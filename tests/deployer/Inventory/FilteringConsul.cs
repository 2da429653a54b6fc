using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Canary.Deployer.Tests.Inventory;

/// <summary>Answers every question with nothing, and says that ACLs have left out the results, as Consul 1.11 and later
/// do.</summary>
internal sealed class FilteringConsul : IAsyncDisposable
{
    private readonly WebApplication _app;

    private FilteringConsul(WebApplication app) => _app = app;

    public string Address => _app.Urls.First();

    /// <summary>What it was asked: paths with their queries.</summary>
    public ConcurrentQueue<string> Questions { get; private init; } = [];

    public static async Task<FilteringConsul> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var questions = new ConcurrentQueue<string>();
        app.Use(
            (context, next) =>
            {
                questions.Enqueue(context.Request.Path + context.Request.QueryString);
                return next(context);
            }
        );
        app.MapGet("/v1/catalog/services", (HttpContext context) => Empty(context, "{}"));
        app.MapGet("/v1/health/service/{service}", (HttpContext context) => Empty(context, "[]"));
        await app.StartAsync();
        return new FilteringConsul(app) { Questions = questions };
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static async Task Empty(HttpContext context, string body)
    {
        if (context.Request.Query["index"] == "7")
        {
            // Nothing changes.
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        }

        context.Response.Headers["X-Consul-Index"] = "7";
        context.Response.Headers["X-Consul-Results-Filtered-By-ACLs"] = "true";
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(body);
    }
}
