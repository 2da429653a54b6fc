using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Canary.Cli.Tests;

/// <summary>
/// Stands in for the ingress HTTP API, so that connections can be cut, tokens refused and releases changed at will. Its
/// routes, words and status codes follow the routes of <c>services/ingress</c>; the end-to-end tests run the same
/// commands against the real one.
/// </summary>
internal sealed class FakeServer : IAsyncDisposable
{
    public const string Token = "operator-token";

    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<Guid, Channel<string>> _streams = new();
    private readonly ConcurrentDictionary<string, JsonObject> _releases = new();
    private int _port;

    public FakeServer()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        Map();
    }

    public Uri Address => new($"http://127.0.0.1:{_port}/");

    public JsonArray Applications { get; } = [];
    public JsonArray Hosts { get; } = [];
    public JsonArray Checks { get; } = [];
    public JsonArray Channels { get; } = [];

    public JsonArray Repositories { get; } = [];

    /// <summary>What the routes of the package repository answer: by method and path below <c>/api/apt/</c>.</summary>
    public ConcurrentDictionary<string, JsonObject> Apt { get; } = new();
    public ConcurrentDictionary<string, JsonObject> Messages { get; } = new();
    public ConcurrentQueue<string> Requests { get; } = new();
    public string Log { get; set; } = "";

    /// <summary>What the last request to start, deploy, hold or resume said.</summary>
    public JsonNode? Ordered { get; private set; }

    /// <summary>What the next run is answered instead of a new release.</summary>
    public string? NothingStarted { get; set; }

    /// <summary>What a check of metadata finds.</summary>
    public JsonObject Check { get; set; } =
        new()
        {
            ["source"] = "canary.yml",
            ["ignored"] = new JsonArray(),
            ["faults"] = new JsonArray(),
        };

    /// <summary>What is on record, newest first.</summary>
    public IReadOnlyList<JsonObject> Decisions { get; set; } = [];

    /// <summary>What was to be checked last.</summary>
    public JsonNode? Checked { get; private set; }

    /// <summary>How many of the next event streams break as soon as they are opened.</summary>
    public int BreakStreams { get; set; }

    /// <summary>How many of the next log streams break after their first line.</summary>
    public int BreakLogs { get; set; }

    public static async Task<FakeServer> StartAsync()
    {
        var server = new FakeServer();
        await server._app.StartAsync();
        var addresses = ((IApplicationBuilder)server._app).ServerFeatures.Get<IServerAddressesFeature>()!.Addresses;
        server._port = new Uri(addresses.Single()).Port;
        return server;
    }

    public void Put(JsonObject release)
    {
        var text = release.ToJsonString();
        _releases[release["id"]!.GetValue<string>()] = JsonNode.Parse(text)!.AsObject();
        foreach (var stream in _streams.Values)
        {
            stream.Writer.TryWrite(text);
        }
    }

    /// <summary>Waits until somebody listens to a release's events.</summary>
    public Task HasListenerAsync() => Canary.Testing.Eventually.TrueAsync(() => !_streams.IsEmpty);

    /// <summary>Cuts every event stream as a dying server does.</summary>
    public void CutStreams()
    {
        foreach (var (id, stream) in _streams)
        {
            _streams.TryRemove(id, out _);
            stream.Writer.TryComplete(new IOException("cut"));
        }
    }

    public async ValueTask DisposeAsync()
    {
        CutStreams();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private void Map()
    {
        _app.Use(
            (context, next) =>
            {
                Requests.Enqueue($"{context.Request.Method} {context.Request.Path}{context.Request.QueryString}");
                return next(context);
            }
        );
        _app.MapGet("/health/ready", () => "ready");
        _app.MapGet("/api/releases", List);
        _app.MapGet("/api/releases/{id}", (string id) => With(id, release => Json(release)));
        _app.MapGet("/api/releases/{id}/events", (Delegate)StreamAsync);
        _app.MapGet("/api/releases/{id}/logs", (Delegate)LogAsync);
        _app.MapPost("/api/releases", StartReleaseAsync);
        _app.MapPost("/api/applications/{application}/{what}", OrderAsync);
        _app.MapPost("/api/releases/{id}/{decision}", Decide);
        _app.MapPost("/api/releases/{id}/hosts/{host}/{steering}", SteerAsync);
        _app.MapPost("/api/hosts/converge", (Delegate)ConvergeAsync);
        _app.MapGet("/api/hosts/setup", HostSetup);
        _app.MapPost("/api/hosts/enrolments", (Delegate)EnrolAsync);
        _app.MapPost("/api/check", (Delegate)CheckAsync);
        _app.MapGet("/api/applications", () => Json(Applications));
        _app.MapGet("/api/hosts", () => Json(Hosts));
        _app.MapGet("/api/audit", ListDecisions);
        _app.MapGet("/api/repositories", () => Json(new JsonObject { ["repositories"] = Repositories.DeepClone() }));
        _app.MapPost("/api/repositories", (Delegate)AddRepositoryAsync);
        _app.MapDelete("/api/repositories/{owner}/{name}", RemoveRepository);
        _app.Map("/api/apt/{**path}", Ask);
        _app.MapGet("/api/notifications", () => Json(new JsonObject { ["channels"] = Channels.DeepClone() }));
        _app.MapPost("/api/notifications/{name}/test", TestChannel);
        _app.MapGet("/api/messages", ListMessages);
        _app.MapGet("/api/messages/{id}", (string id, HttpRequest request) => Message(id, request, takes: false));
        _app.MapPost("/api/messages/{id}/retry", (string id, HttpRequest request) => Message(id, request, takes: true));
        _app.MapDelete("/api/messages/{id}", (string id, HttpRequest request) => Message(id, request, takes: true));
        _app.MapGet(
            "/api/status",
            () =>
                Json(
                    new JsonObject
                    {
                        ["version"] = "0.1.0",
                        ["uptime"] = "00:05:00",
                        ["listening"] = "http://127.0.0.1:8480",
                        ["checks"] = Checks.DeepClone(),
                    }
                )
        );
    }

    private async Task<IResult> CheckAsync(HttpRequest request)
    {
        if (!IsOperator(request))
        {
            return Results.StatusCode(401);
        }

        Checked = await JsonNode.ParseAsync(request.Body);
        return Json(Check);
    }

    // The place in the list is the number of releases before it.
    private IResult List(string? application, string? state, int limit, int before = 0)
    {
        var all = _releases
            .Values.Where(release => application is null || (string?)release["application"] == application)
            .Where(release => state is null || (string?)release["phase"] == state)
            .OrderByDescending(release => (string?)release["receivedAt"])
            .ToList();
        var found = all.Skip(before).Take(limit).Select(release => release.DeepClone());
        var next = before + limit < all.Count ? JsonValue.Create($"{before + limit}") : null;
        return Json(new JsonObject { ["releases"] = new JsonArray([.. found]), ["next"] = next });
    }

    // The place in the list is the number of the decision before it.
    private IResult ListDecisions(int limit, int before = int.MaxValue)
    {
        var found = Decisions.Where(entry => (int)entry["id"]! < before).ToList();
        return Json(
            new JsonObject
            {
                ["entries"] = new JsonArray([.. found.Take(limit).Select(entry => entry.DeepClone())]),
                ["next"] = found.Count > limit ? found[limit - 1]["id"]!.DeepClone() : null,
            }
        );
    }

    /// <summary>One whose last delivery failed is not delivered.</summary>
    private IResult TestChannel(string name, HttpRequest request)
    {
        if (!IsOperator(request))
        {
            return Refusal(401, "token-missing", "A valid token is needed.", "Send the operator token.");
        }
        var channel = Channels.FirstOrDefault(it => (string?)it!["name"] == name);
        return channel is null
            ? Refusal(404, "notification-channel-unknown", $"There is no channel '{name}'.", "See which there are.")
            : Json(
                new JsonObject
                {
                    ["name"] = name,
                    ["delivered"] = channel["error"] is null,
                    ["error"] = channel["error"]?.DeepClone(),
                    ["remedy"] = channel["remedy"]?.DeepClone(),
                }
            );
    }

    private IResult ListMessages(string? queue, HttpRequest request)
    {
        if (!IsOperator(request))
        {
            return Refusal(401, "token-missing", "A valid token is needed.", "Send the operator token.");
        }
        var found = Messages
            .Values.Where(message => queue is null || (string?)message["queue"] == queue)
            .OrderBy(message => (string?)message["failedAt"])
            .Select(message =>
            {
                var line = message.DeepClone().AsObject();
                line["body"] = null;
                return line;
            })
            .ToArray();
        return Json(new JsonObject { ["messages"] = new JsonArray([.. found]), ["total"] = found.Length });
    }

    private IResult Message(string id, HttpRequest request, bool takes)
    {
        if (!IsOperator(request))
        {
            return Refusal(401, "token-missing", "A valid token is needed.", "Send the operator token.");
        }
        var isThere = takes ? Messages.TryRemove(id, out var message) : Messages.TryGetValue(id, out message);
        return isThere
            ? Json(message!.DeepClone())
            : Refusal(404, "message-unknown", $"No message {id} waits.", "See 'canary messages list'.");
    }

    private async Task<IResult> StartReleaseAsync(HttpRequest request)
    {
        if (!IsOperator(request))
        {
            return Refusal(401, "token-missing", "A valid token is needed.", "Send the operator token.");
        }
        var wanted = Ordered = await JsonNode.ParseAsync(request.Body);
        var release = Samples.Release(id: Samples.Id(7), state: "Building") with { };
        var json = release.ToJson();
        json["pusher"] = (string?)wanted!["by"];
        json["deploys"] = (bool?)wanted["deploy"] ?? true;
        json["warnings"] = new JsonArray("The server has a word to say.");
        json["repository"] = (string?)wanted["repository"];
        json["branch"] = (string?)wanted["branch"];
        json["commit"] = (string?)wanted["commit"];
        json["nothingStarted"] = NothingStarted;
        Put(json);
        return Json(json, NothingStarted is null ? 202 : 200);
    }

    private async Task<IResult> OrderAsync(string application, string what, HttpRequest request)
    {
        if (!IsOperator(request))
        {
            return Refusal(401, "token-missing", "A valid token is needed.", "Send the operator token.");
        }
        Ordered = await JsonNode.ParseAsync(request.Body);
        if (what is "hold" or "resume")
        {
            return Json(new JsonObject { ["application"] = application, ["held"] = what == "hold" }, 202);
        }
        if ((string?)Ordered!["target"] == "9.9")
        {
            return Refusal(409, "version-unknown", "Nothing is called '9.9'; 1.0 runs.", "The nearest: 1.0.");
        }
        var json = Samples.Release(id: Samples.Id(8), state: "RollingOut").ToJson();
        json["deployment"] = new JsonObject
        {
            ["version"] = "1.0",
            ["by"] = (string?)Ordered["by"],
            ["reason"] = (string?)Ordered["reason"],
        };
        Put(json);
        return Json(json, 202);
    }

    private async Task<IResult> AddRepositoryAsync(HttpRequest request)
    {
        if (!IsOperator(request))
        {
            return Refusal(401, "token-missing", "A valid token is needed.", "Send the operator token.");
        }

        Ordered = await JsonNode.ParseAsync(request.Body);
        var isNew = Repositories.All(it => (string?)it!["name"] != (string?)Ordered!["repository"]);
        return Json(
            new JsonObject
            {
                ["name"] = (string?)Ordered!["repository"],
                ["application"] = (string?)Ordered["application"] ?? "shop",
                ["webhookId"] = 12345678,
                ["isNew"] = isNew,
                ["isWebhookLeft"] = false,
            },
            isNew ? 201 : 200
        );
    }

    private IResult RemoveRepository(string owner, string name, HttpRequest request) =>
        !IsOperator(request) ? Refusal(401, "token-missing", "A valid token is needed.", "Send the operator token.")
        : Repositories.FirstOrDefault(it => (string?)it!["name"] == $"{owner}/{name}") is not { } repository
            ? Refusal(
                404,
                "repository-not-added",
                $"{owner}/{name} was not added.",
                "See which repositories there are: canary apps repositories."
            )
        : Json(
            new JsonObject
            {
                ["name"] = $"{owner}/{name}",
                ["application"] = name,
                ["isNew"] = false,
                ["isWebhookLeft"] = (bool?)repository["isWebhookLeft"] ?? false,
            }
        );

    private IResult Decide(string id, string decision, HttpRequest request) =>
        !IsOperator(request)
            ? Refusal(401, "token-missing", "A valid token is needed.", "Send the operator token.")
            : With(
                id,
                release =>
                    decision == "promote" && (string?)release["phase"] != "AwaitingPromotion"
                        ? Refusal(
                            409,
                            "not-awaiting-promotion",
                            "The release does not wait for promotion.",
                            "Wait until it does."
                        )
                        : Decided(release, decision)
            );

    private async Task<IResult> SteerAsync(string id, string host, HttpRequest request)
    {
        if (!IsOperator(request))
        {
            return Refusal(401, "token-missing", "A valid token is needed.", "Send the operator token.");
        }
        Ordered = await JsonNode.ParseAsync(request.Body);
        return With(
            id,
            release =>
                release["hosts"]!.AsArray().Any(it => (string?)it!["name"] == host)
                    ? Json(release, 202)
                    : Refusal(409, "decision-impossible", $"The release has no host '{host}'.", "Look which it has.")
        );
    }

    private async Task<IResult> ConvergeAsync(HttpRequest request)
    {
        if (!IsOperator(request))
        {
            return Refusal(401, "token-missing", "A valid token is needed.", "Send the operator token.");
        }
        Ordered = await JsonNode.ParseAsync(request.Body);
        var drifting = Hosts
            .Where(host => host!["drifts"]!.AsArray().Count > 0)
            .Select(host => (string?)host!["name"])
            .Where(name => Ordered!["host"] is null || (string?)Ordered["host"] == name);
        return Json(
            new JsonObject { ["hosts"] = new JsonArray([.. drifting.Select(name => JsonValue.Create(name))]) },
            202
        );
    }

    private IResult HostSetup() =>
        Json(
            new JsonObject
            {
                ["script"] = $"{Address}hosts/setup.sh",
                ["sha256"] = new string('0', 64),
                ["repository"] = $"{Address}repository/",
                ["fingerprint"] = new string('A', 40),
                ["deployerKey"] = "ssh-ed25519 AAAA deployer",
            }
        );

    private async Task<IResult> EnrolAsync(HttpRequest request)
    {
        if (!IsOperator(request))
        {
            return Refusal(401, "token-missing", "A valid token is needed.", "Send the operator token.");
        }

        Ordered = await JsonNode.ParseAsync(request.Body);
        return Json(
            new JsonObject
            {
                ["token"] = "enrolment-token",
                ["hosts"] = Ordered!["hosts"]!.DeepClone(),
                ["validFor"] = "1.00:00:00",
            }
        );
    }

    private IResult Decided(JsonObject release, string decision)
    {
        var now = release.DeepClone().AsObject();
        if (decision is "pause" or "resume")
        {
            now["phase"] = decision == "pause" ? "Paused" : "DeployingWave";
        }
        else
        {
            var state = decision == "promote" ? "Completed" : "RolledBack";
            now["state"] = state;
            now["phase"] = state;
        }
        now["waitingFor"] = null;
        Put(now);
        return Json(release, 202);
    }

    private async Task StreamAsync(string id, HttpContext context)
    {
        if (BreakStreams > 0)
        {
            BreakStreams--;
            context.Abort();
            return;
        }
        var key = Guid.NewGuid();
        var changes = Channel.CreateUnbounded<string>();
        _streams[key] = changes;
        context.Response.ContentType = "text/event-stream";
        try
        {
            await context.Response.WriteAsync(": here\n\n");
            var found = Find(id).Single();
            await context.Response.WriteAsync($"event: release\ndata: {found.ToJsonString()}\n\n");
            await context.Response.Body.FlushAsync();
            if (IsFinal(found.ToJsonString()))
            {
                return;
            }
            await foreach (var change in changes.Reader.ReadAllAsync(context.RequestAborted))
            {
                await context.Response.WriteAsync($"event: release\ndata: {change}\n\n");
                await context.Response.Body.FlushAsync();
                if (IsFinal(change))
                {
                    return;
                }
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            context.Abort();
        }
        finally
        {
            _streams.TryRemove(key, out _);
        }
    }

    private async Task LogAsync(string id, string? stage, string? host, HttpContext context)
    {
        context.Response.ContentType = "text/plain; charset=utf-8";
        if (BreakLogs > 0)
        {
            BreakLogs--;
            context.Response.ContentLength = Log.Length;
            await context.Response.WriteAsync(Log[..(Log.IndexOf('\n', StringComparison.Ordinal) + 1)]);
            return;
        }
        await context.Response.WriteAsync(
            host is not null ? $"{host}: {Log}"
            : stage == "build" ? Log
            : ""
        );
    }

    private IResult With(string id, Func<JsonObject, IResult> answer) =>
        Find(id) switch
        {
            [] => Refusal(404, "release-unknown", $"There is no release {id}.", "See 'canary releases list'."),
            [var release] => answer(release),
            _ => Refusal(400, "release-ambiguous", $"{id} stands for several releases.", "Give more of the id."),
        };

    private List<JsonObject> Find(string id) =>
        id == "latest"
            ? [.. _releases.Values.OrderByDescending(release => (string?)release["receivedAt"]).Take(1)]
            : [.. _releases.Values.Where(release => Fits(release, id))];

    private static bool Fits(JsonObject release, string id) =>
        ((string)release["id"]!).StartsWith(id, StringComparison.OrdinalIgnoreCase)
        || $"{release["application"]}@{release["commit"]}".StartsWith(id, StringComparison.Ordinal);

    private static bool IsFinal(string release) =>
        (string?)JsonNode.Parse(release)!["state"] is "Completed" or "Failed" or "RolledBack" or "Superseded";

    private static bool IsOperator(HttpRequest request) => request.Headers.Authorization == $"Bearer {Token}";

    private IResult Ask(string path, HttpRequest request)
    {
        Requests.Enqueue($"{request.Method} {request.Path}{request.QueryString}");
        return Apt.TryGetValue($"{request.Method} {path}", out var answer)
            ? Json(answer)
            : Refusal(404, "package-unknown", "The repository has no such file.", "See what it has: canary repo list.");
    }

    private static IResult Json(JsonNode node, int status = 200) =>
        Results.Text(node.ToJsonString(), "application/json", statusCode: status);

    private static IResult Refusal(int status, string code, string detail, string remedy) =>
        Results.Text(
            new JsonObject
            {
                ["status"] = status,
                ["code"] = code,
                ["detail"] = detail,
                ["remedy"] = remedy,
            }.ToJsonString(),
            "application/problem+json",
            statusCode: status
        );
}
