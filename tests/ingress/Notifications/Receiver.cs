using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Canary.Ingress.Tests.Notifications;

/// <summary>A service that is told of releases: keeps what it gets, and answers as it is told to.</summary>
internal sealed class Receiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Delivery> _deliveries = [];

    private Receiver(int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        _app = builder.Build();
        _app.Run(TakeAsync);
    }

    public Uri Address => new(_app.Urls.First());

    /// <summary>What it has taken and refused, in the order in which it came.</summary>
    public IReadOnlyList<Delivery> All => [.. _deliveries];

    /// <summary>What it has taken.</summary>
    public IReadOnlyList<Delivery> Taken => [.. _deliveries.Where(delivery => delivery.IsTaken)];

    /// <summary>Answers what comes.</summary>
    public Func<Delivery, Answer> Answers { get; set; } = _ => Answer.Ok;

    public static async Task<Receiver> StartAsync(int port = 0)
    {
        var receiver = new Receiver(port);
        await receiver._app.StartAsync();
        return receiver;
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private async Task TakeAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var delivery = new Delivery(
            context.Request.Path,
            context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString()),
            await reader.ReadToEndAsync()
        );
        var answer = Answers(delivery);
        _deliveries.Enqueue(delivery with { IsTaken = answer is { Status: 200, IsNonsense: false } });
        if (answer.Hangs)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return;
        }

        context.Response.StatusCode = answer.Status;
        foreach (var (name, value) in answer.Headers)
        {
            context.Response.Headers[name] = value;
        }

        await context.Response.WriteAsync(answer.Body);
    }
}

/// <summary>What came.</summary>
internal sealed record Delivery(string Path, IReadOnlyDictionary<string, string> Headers, string Body)
{
    public bool IsTaken { get; init; }
}

/// <summary>What is answered.</summary>
internal sealed record Answer(int Status, string Body)
{
    public static readonly Answer Ok = new(200, "ok");

    public static readonly Answer Hanging = new(0, "") { Hangs = true };

    public bool Hangs { get; private init; }

    /// <summary>Whether it does not come from the service at all.</summary>
    public bool IsNonsense { get; init; }

    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    public static Answer With(HttpStatusCode status, string body = "", params (string Name, string Value)[] headers) =>
        new((int)status, body) { Headers = headers.ToDictionary(it => it.Name, it => it.Value) };
}
