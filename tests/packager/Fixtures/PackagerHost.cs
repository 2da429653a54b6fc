using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using Canary.Consul;
using Canary.Contracts;
using Canary.Contracts.Packaging;
using Canary.Durability.Messaging;
using Canary.Hosting;
using Canary.Testing;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.Packager.Tests.Fixtures;

/// <summary>
/// A real host with the packager, on a private data directory. Publisher and ingress are endpoints of the same host that take
/// what theirs take: <c>PUT /internal/packages/{sha256}</c> and <c>PUT /internal/releases/{id}/logs/{stage}?offset=N</c>.
/// </summary>
internal sealed class PackagerHost : IAsyncDisposable
{
    private readonly TempDirectory _data = new();

    private readonly WebApplication _app;

    private PackagerHost(string[] settings)
    {
        var builder = CanaryHost.CreateBuilder([
            "--hosting:listen=http://127.0.0.1:0",
            $"--hosting:data={_data.Path}",
            "--packager:jobs:retrydelay=00:00:00",
            .. settings,
        ]);
        builder.AddConsul().AddPackager();
        builder.Services.AddSingleton(Outcomes);
        _app = builder.Build();
        _app.MapPut("/internal/packages/{sha256}", ReceiveAsync);
        _app.MapGet(
            "/internal/outputs/{sha256}",
            (string sha256) =>
                Refusals.TryDequeue(out var refusal) ? refusal
                : Built.TryGetValue(sha256, out var archive) ? Results.Bytes(archive)
                : Results.Problem(
                    "It is gone.",
                    statusCode: 404,
                    extensions: new Dictionary<string, object?> { ["code"] = "build-output-gone" }
                )
        );
        _app.MapGet(
            "/internal/repository/packages/{name}",
            (string name) =>
                Running is { } running
                    ? Results.Ok(
                        new
                        {
                            Files = new[]
                            {
                                new
                                {
                                    running.Version,
                                    FileName = "pool/running.deb",
                                    Sha256 = Convert.ToHexStringLower(SHA256.HashData(running.Bytes)),
                                    Suites = new[] { new { Suite = "production", IsOffered = true } },
                                },
                            },
                        }
                    )
                    : Results.NotFound()
        );
        _app.MapGet("/repository/pool/running.deb", GiveRunningAsync);
        _app.MapPost("/internal/admission", (JsonElement question) => Admit(question));
        _app.MapPut(
            "/internal/releases/{id:guid}/logs/{stage}",
            async (Guid id, string stage, HttpRequest request) =>
            {
                using var reader = new StreamReader(request.Body);
                Logs[(id, stage)] = await reader.ReadToEndAsync();
            }
        );
    }

    public Outcomes Outcomes { get; } = new();

    /// <summary>What was uploaded, by the name it was uploaded under.</summary>
    public ConcurrentDictionary<string, byte[]> Uploads { get; } = new();

    /// <summary>What builds made, by its SHA-256.</summary>
    public ConcurrentDictionary<string, byte[]> Built { get; } = new();

    /// <summary>What hosts run, as the publisher has it.</summary>
    public (string Version, byte[] Bytes)? Running { get; set; }

    /// <summary>Whether the publisher begins to give out what hosts run, and never ends.</summary>
    public bool StopsHalfway { get; set; }

    public IServiceProvider Services => _app.Services;

    public ConcurrentDictionary<(Guid Release, string Stage), string> Logs { get; } = new();

    /// <summary>Answers of the publisher before it begins to take uploads.</summary>
    public ConcurrentQueue<IResult> Refusals { get; } = new();

    /// <summary>What the publisher was asked before packages were built.</summary>
    public ConcurrentQueue<JsonElement> Questions { get; } = new();

    /// <summary>What the publisher answers.</summary>
    public IReadOnlyList<Failure> Faults { get; set; } = [];

    /// <summary>The packager as ingress reaches it.</summary>
    public HttpClient Http
    {
        get
        {
            var http = new HttpClient { BaseAddress = new Uri(_app.Urls.First()) };
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
                "Bearer",
                File.ReadAllText(_data.Combine("secrets", "service-token")).Trim()
            );
            return http;
        }
    }

    /// <summary>While set, the publisher says here that an upload has begun, and never ends one.</summary>
    public TaskCompletionSource? Stalled { get; set; }

    /// <summary>What keeps programs apart, from when one was for the first time.</summary>
    public string SandboxProgram => _data.Combine("sandbox", "canary-sandbox");

    public string WorkspacesPath => _data.Combine("workspaces", "checkouts");

    public static async Task<PackagerHost> StartAsync(params string[] settings)
    {
        var host = new PackagerHost(settings);
        await host._app.StartAsync();
        host._app.Services.GetRequiredService<IBusControl>()
            .ConnectReceiveEndpoint(
                "outcomes",
                endpoint =>
                {
                    endpoint.Handler<PackageBuilt>(context => host.Outcomes.AddAsync(context.Message));
                    endpoint.Handler<PackagingFailed>(context => host.Outcomes.AddAsync(context.Message));
                }
            );
        return host;
    }

    public BuildPackage Command(GitRepository repository, string commit, string application = "shop") =>
        new()
        {
            JobId = Guid.NewGuid(),
            ReleaseId = Guid.NewGuid(),
            Application = application,
            Source = new SourceReference
            {
                Repository = $"acme/{application}",
                CloneUrl = repository.Path,
                Branch = "main",
                Commit = commit,
            },
        };

    /// <summary>Sends commands as another service does.</summary>
    public async Task SendAsync(params object[] commands)
    {
        await using var scope = _app.Services.CreateAsyncScope();
        var outbox = scope.ServiceProvider.GetRequiredService<IOutbox<PackagerStore>>();
        foreach (var command in commands)
        {
            outbox.Send(command);
        }

        await scope.ServiceProvider.GetRequiredService<PackagerStore>().SaveChangesAsync();
    }

    public async Task<object> PackageAsync(BuildPackage command)
    {
        await SendAsync(command);
        return await Outcomes.OfAsync(command.JobId);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _data.Dispose();
    }

    private IResult Admit(JsonElement question)
    {
        Questions.Enqueue(question);
        return Results.Ok(new { Faults });
    }

    private async Task<IResult> GiveRunningAsync(HttpRequest request)
    {
        if (StopsHalfway)
        {
            var http = request.HttpContext;
            await http.Response.StartAsync(http.RequestAborted);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, http.RequestAborted);
        }

        return Results.Bytes(Running!.Value.Bytes);
    }

    private async Task<IResult> ReceiveAsync(string sha256, HttpRequest request)
    {
        if (Refusals.TryDequeue(out var refusal))
        {
            return refusal;
        }

        if (Stalled is { } stalled)
        {
            stalled.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, request.HttpContext.RequestAborted);
        }

        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        var bytes = body.ToArray();
        if (request.ContentLength != bytes.Length || sha256 != Convert.ToHexStringLower(SHA256.HashData(bytes)))
        {
            return Results.BadRequest();
        }

        Uploads[sha256] = bytes;
        return Results.Created();
    }
}

/// <summary>The packager's events.</summary>
internal sealed class Outcomes
{
    private readonly ConcurrentDictionary<Guid, ConcurrentQueue<object>> _byJob = new();

    public Task AddAsync(PackageBuilt built) => AddAsync(built.JobId, built);

    public Task AddAsync(PackagingFailed failed) => AddAsync(failed.JobId, failed);

    public int CountOf(Guid job) => _byJob.TryGetValue(job, out var outcomes) ? outcomes.Count : 0;

    public async Task<object> OfAsync(Guid job)
    {
        await Eventually.TrueAsync(() => CountOf(job) > 0);
        return _byJob[job].First();
    }

    private Task AddAsync(Guid job, object outcome)
    {
        _byJob.GetOrAdd(job, _ => new()).Enqueue(outcome);
        return Task.CompletedTask;
    }
}
