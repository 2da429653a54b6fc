using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Canary.Testing.Jenkins;

/// <summary>
/// A stand-in for Jenkins, which cannot be had in tests: the part of its remote access API that starts builds and follows them. Each
/// behaviour names where it is documented. It does not move by itself: a build goes on one step whenever somebody looks at it, so no test
/// depends on time. Its own addresses in what it says are wrong, as they are where nobody has set Jenkins' URL.
/// </summary>
public sealed class JenkinsServer : IAsyncDisposable
{
    public const string User = "canary";
    public const string Token = "11f1a4e7c5d0b9a86e2d3c4b5a69788796";
    public const string Password = "correct horse battery staple";

    private const string Root = "/jenkins";
    private const string Elsewhere = "http://jenkins.invalid" + Root;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, JenkinsStandInJob> _jobs = new(StringComparer.Ordinal);
    private readonly List<JenkinsStandInItem> _queue = [];
    private readonly Dictionary<string, string> _crumbs = new(StringComparer.Ordinal);
    private readonly List<JenkinsRequest> _requests = [];
    private readonly Faults<JenkinsFaultKind> _faults = new();
    private WebApplication? _app;
    private long _lastItem = 40;

    private JenkinsServer(string host) => Host = host;

    /// <summary>What whoever asks calls this machine.</summary>
    public string Host { get; }

    public int Port { get; } = FreePort.Next();

    /// <summary>Where it is, below a path of its own.</summary>
    public string Address => $"http://{Host}:{Port}{Root}";

    /// <summary>What was asked so far.</summary>
    public IReadOnlyList<JenkinsRequest> Requests
    {
        get
        {
            lock (_gate)
            {
                return [.. _requests];
            }
        }
    }

    /// <summary>Builds of all jobs, those too that wait.</summary>
    public int Started
    {
        get
        {
            lock (_gate)
            {
                return _jobs.Values.Sum(job => job.Builds.Count) + _queue.Count(item => item.Waits);
            }
        }
    }

    /// <summary>Whether there are executors; without, builds stay in the queue.</summary>
    public bool HasExecutors { get; set; } = true;

    /// <summary>Whether items that have left the queue are gone at once, which Jenkins does after five minutes.</summary>
    public bool ForgetsItems { get; set; }

    /// <summary>What the user may not do; null: everything.</summary>
    public string? Forbidden { get; set; }

    /// <summary>Starts it on a port of its own.</summary>
    /// <param name="host">What whoever asks calls this machine; with another name than the usual one, others reach it too.</param>
    public static async Task<JenkinsServer> StartAsync(string host = FreePort.Host)
    {
        var server = new JenkinsServer(host);
        await server.GoUpAsync();
        return server;
    }

    /// <summary>Adds a job.</summary>
    /// <param name="path">Where it is: <c>job/FOLDER/job/NAME</c>, escaped.</param>
    /// <param name="parameters">Names of its parameters.</param>
    public JenkinsStandInJob AddJob(string path = "job/shop", params string[] parameters)
    {
        var job = new JenkinsStandInJob(
            path,
            parameters.Length > 0 ? parameters : ["branch", "commit", "CANARY_BUILD"],
            _gate
        );
        lock (_gate)
        {
            _jobs.Add(path, job);
        }

        return job;
    }

    /// <summary>Adds a job that takes no parameters, as those of a multibranch job are, which says what it has checked out.</summary>
    public JenkinsStandInJob AddBranch(string path, string commit)
    {
        var job = new JenkinsStandInJob(path, [], _gate) { Head = commit };
        lock (_gate)
        {
            _jobs.Add(path, job);
        }

        return job;
    }

    /// <summary>Lets something go wrong with requests whose address contains a text.</summary>
    public void Break(string part, JenkinsFaultKind kind, int times = 1) => _faults.Add(part, kind, times);

    /// <summary>Requests that something is still to go wrong with.</summary>
    public int FaultsToCome => _faults.Left;

    /// <summary>Lets nothing go wrong any more.</summary>
    public void Mend() => _faults.Clear();

    /// <summary>Ends all sessions, so that crumbs are worth nothing any more.</summary>
    public void EndSessions()
    {
        lock (_gate)
        {
            _crumbs.Clear();
        }
    }

    /// <summary>Refuses connections from now on. Queue and builds are kept, as they are on Jenkins' disk.</summary>
    public async Task GoDownAsync()
    {
        if (_app is not null)
        {
            await _app.StopAsync(new CancellationToken(canceled: true));
            await _app.DisposeAsync();
            _app = null;
        }
    }

    public async Task GoUpAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(FreePort.Listen(Host, Port));
        _app = builder.Build();
        _app.Use(BreakAsync);
        _app.Run(HandleAsync);
        await _app.StartAsync();
    }

    public async ValueTask DisposeAsync() => await GoDownAsync();

    private async Task BreakAsync(HttpContext context, RequestDelegate next)
    {
        var address = AddressOf(context);
        lock (_gate)
        {
            _requests.Add(
                new JenkinsRequest(
                    context.Request.Method,
                    address,
                    context.Request.Headers.Authorization.ToString(),
                    context.Request.Headers["Jenkins-Crumb"].ToString()
                )
            );
        }

        switch (_faults.Take(address))
        {
            case null:
                await next(context);
                break;
            case JenkinsFaultKind.TooManyRequests:
                context.Response.StatusCode = StatusCodes.Status429TooManyRequests;
                break;
            case JenkinsFaultKind.ServerError:
                context.Response.StatusCode = StatusCodes.Status500InternalServerError;
                break;
            case JenkinsFaultKind.Starting:
                // "Please wait while Jenkins is getting ready to work."
                context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                break;
            case JenkinsFaultKind.Hang:
                await context.WhenGivenUpAsync();
                break;
            case JenkinsFaultKind.DoneAfterHang:
                // What it is about must be known before the client goes.
                await context.Request.ReadFormAsync();
                await context.WhenGivenUpAsync();
                await DoUnseenAsync(context, next);
                break;
            case JenkinsFaultKind.DoneAndAnswerLost:
                await DoUnseenAsync(context, next);
                context.Abort();
                break;
            case JenkinsFaultKind.DoneAndServerError:
                await DoUnseenAsync(context, next);
                context.Response.Headers.Clear();
                context.Response.StatusCode = StatusCodes.Status500InternalServerError;
                break;
            case JenkinsFaultKind.Truncated:
                await HalveAsync(context, next, hidesIt: true);
                break;
            case JenkinsFaultKind.BrokenOff:
                await HalveAsync(context, next, hidesIt: false);
                break;
            case JenkinsFaultKind.Elsewhere:
                context.Response.Redirect("http://elsewhere.invalid/login");
                break;
        }
    }

    private static async Task DoUnseenAsync(HttpContext context, RequestDelegate next)
    {
        var seen = context.Response.Body;
        context.Response.Body = new MemoryStream();
        await next(context);
        context.Response.Body = seen;
    }

    private static async Task HalveAsync(HttpContext context, RequestDelegate next, bool hidesIt)
    {
        var seen = context.Response.Body;
        var all = new MemoryStream();
        context.Response.Body = all;
        await next(context);
        context.Response.Body = seen;
        var half = all.ToArray().AsMemory(0, (int)all.Length / 2);
        context.Response.ContentLength = hidesIt ? half.Length : all.Length;
        await seen.WriteAsync(half);
        await seen.FlushAsync();
        if (!hidesIt)
        {
            context.Abort();
        }
    }

    private async Task HandleAsync(HttpContext context)
    {
        context.Response.Headers["X-Jenkins"] = "2.440.3";
        var form = context.Request.HasFormContentType ? await context.Request.ReadFormAsync() : FormCollection.Empty;
        JenkinsReply reply;
        lock (_gate)
        {
            reply = Answer(context, form);
        }

        context.Response.StatusCode = (int)reply.Status;
        foreach (var (name, value) in reply.Headers)
        {
            context.Response.Headers.Append(name, value);
        }

        if (reply.Body.Length > 0)
        {
            context.Response.ContentLength = reply.Body.Length;
            await context.Response.Body.WriteAsync(reply.Body);
        }
    }

    private JenkinsReply Answer(HttpContext context, IFormCollection form)
    {
        var address = AddressOf(context);
        var path = address.Split('?')[0];
        if (CredentialsOf(context) is not { } credentials)
        {
            return new JenkinsReply(HttpStatusCode.Unauthorized);
        }

        if (path == "crumbIssuer/api/json")
        {
            return IssueCrumb();
        }

        if (Forbidden is not null && path.EndsWith(Forbidden, StringComparison.Ordinal))
        {
            return new JenkinsReply(HttpStatusCode.Forbidden);
        }

        // www.jenkins.io/doc/book/security/csrf-protection: a crumb of the same session, unless an API token is the password.
        if (context.Request.Method == "POST" && credentials != Token && !HasCrumb(context))
        {
            return new JenkinsReply(HttpStatusCode.Forbidden);
        }

        return path switch
        {
            "api/json" => Json(new JsonObject { ["mode"] = "NORMAL" }),
            "queue/api/json" => Json(
                new JsonObject
                {
                    ["items"] = new JsonArray([
                        .. _queue.Where(item => item.Waits).Select(item => (JsonNode)ToJson(item)),
                    ]),
                }
            ),
            "queue/cancelItem" => CancelItem(long.Parse(context.Request.Query["id"]!, CultureInfo.InvariantCulture)),
            _ when path.StartsWith("queue/item/", StringComparison.Ordinal) => ItemOf(path),
            _ => OfJob(context, path, form),
        };
    }

    private static string AddressOf(HttpContext context)
    {
        // As it was sent: what is escaped twice would be unescaped once.
        var raw = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        return raw.StartsWith(Root + "/", StringComparison.Ordinal) ? raw[(Root.Length + 1)..] : raw;
    }

    private static string? CredentialsOf(HttpContext context)
    {
        foreach (var secret in (string[])[Token, Password])
        {
            var basic = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{User}:{secret}"));
            if (context.Request.Headers.Authorization == $"Basic {basic}")
            {
                return secret;
            }
        }

        return null;
    }

    private JenkinsReply IssueCrumb()
    {
        var session = RandomNumberGenerator.GetHexString(16);
        _crumbs[session] = RandomNumberGenerator.GetHexString(32);
        return Json(new JsonObject { ["crumb"] = _crumbs[session], ["crumbRequestField"] = "Jenkins-Crumb" })
            .With("Set-Cookie", $"JSESSIONID.1={session}; Path={Root}; HttpOnly");
    }

    private bool HasCrumb(HttpContext context) =>
        context.Request.Cookies["JSESSIONID.1"] is { } session
        && _crumbs.TryGetValue(session, out var crumb)
        && context.Request.Headers["Jenkins-Crumb"] == crumb;

    /// <summary>Queue.doCancelItem of Jenkins' core: 204, or 404 for what waits no more.</summary>
    private JenkinsReply CancelItem(long id)
    {
        if (_queue.FirstOrDefault(item => item.Id == id && item.Waits) is not { } waiting)
        {
            return new JenkinsReply(HttpStatusCode.NotFound);
        }

        waiting.IsCancelled = true;
        return new JenkinsReply(HttpStatusCode.NoContent);
    }

    private JenkinsReply ItemOf(string path)
    {
        var id = long.Parse(path.Split('/')[2], CultureInfo.InvariantCulture);
        if (_queue.FirstOrDefault(item => item.Id == id) is not { } found)
        {
            return new JenkinsReply(HttpStatusCode.NotFound);
        }

        Leave(found);
        return ForgetsItems && !found.Waits ? new JenkinsReply(HttpStatusCode.NotFound) : Json(ToJson(found));
    }

    private void Leave(JenkinsStandInItem item)
    {
        if (HasExecutors && item.Waits)
        {
            item.Build = item.Job.Begin(item);
        }
    }

    private JenkinsReply OfJob(HttpContext context, string path, IFormCollection form)
    {
        var job = _jobs
            .Values.Where(it => path.StartsWith(it.Path + "/", StringComparison.Ordinal))
            .MaxBy(it => it.Path.Length);
        if (job is null)
        {
            return new JenkinsReply(HttpStatusCode.NotFound);
        }

        var rest = path[(job.Path.Length + 1)..].Split('/');
        if (rest is ["api", "json"])
        {
            return Json(job.ToJson());
        }

        if (rest is [("build" or "buildWithParameters") and var start])
        {
            return Start(job, form, withParameters: start == "buildWithParameters");
        }

        if (
            !int.TryParse(rest[0], CultureInfo.InvariantCulture, out var number)
            || job.Builds.FirstOrDefault(it => it.Number == number) is not { } build
        )
        {
            return new JenkinsReply(HttpStatusCode.NotFound);
        }

        switch (rest[1..])
        {
            case ["api", "json"]:
                build.GoOn();
                return Json(build.ToJson());
            case ["logText", "progressiveText"]:
                return LogOf(build, long.Parse(context.Request.Query["start"]!, CultureInfo.InvariantCulture));
            case ["stop"]:
                build.End("ABORTED");
                return new JenkinsReply(HttpStatusCode.Found).With("Location", $"{Elsewhere}/{job.Path}/{number}/");
            default:
                return new JenkinsReply(HttpStatusCode.NotFound);
        }
    }

    /// <summary>ParameterizedJobMixIn and ParametersDefinitionProperty of Jenkins' core: what is not defined is dropped; 201, or 303 for a
    /// build that waits already with the same parameters (JENKINS-66105); 409 for what is disabled.</summary>
    private JenkinsReply Start(JenkinsStandInJob job, IFormCollection form, bool withParameters)
    {
        if (withParameters != job.Parameters.Count > 0)
        {
            return new JenkinsReply(HttpStatusCode.BadRequest);
        }

        if (!job.IsEnabled)
        {
            return new JenkinsReply(HttpStatusCode.Conflict);
        }

        var values = job.Parameters.ToDictionary(name => name, name => form[name].ToString());
        var same = _queue.FirstOrDefault(item =>
            item.Waits
            && item.Job == job
            && item.Parameters.OrderBy(x => x.Key).SequenceEqual(values.OrderBy(x => x.Key))
        );
        var item = same ?? new JenkinsStandInItem(++_lastItem, job, values);
        if (same is null)
        {
            _queue.Add(item);
        }

        return new JenkinsReply(same is null ? HttpStatusCode.Created : HttpStatusCode.SeeOther).With(
            "Location",
            string.Create(CultureInfo.InvariantCulture, $"{Elsewhere}/queue/item/{item.Id}/")
        );
    }

    /// <summary>LargeText of Stapler: places are those in a file that holds more than is shown; here every byte takes two.</summary>
    private static JenkinsReply LogOf(JenkinsStandInBuild build, long start)
    {
        var shown = build.ReadLog();
        var from = start / 2 > shown.Length ? 0 : (int)(start / 2);
        var reply = new JenkinsReply(HttpStatusCode.OK) { Body = shown[from..] }.With(
            "X-Text-Size",
            (shown.Length * 2).ToString(CultureInfo.InvariantCulture)
        );
        return build.MayLogMore ? reply.With("X-More-Data", "true") : reply;
    }

    private static JsonObject ToJson(JenkinsStandInItem item) =>
        new()
        {
            ["id"] = item.Id,
            ["why"] = item.Waits ? "Waiting for next available executor" : null,
            ["cancelled"] = item.IsCancelled,
            ["actions"] = new JsonArray(JenkinsStandInBuild.ToJson(item.Parameters), new JsonObject()),
            ["executable"] = item.Build is { } build
                ? new JsonObject
                {
                    ["number"] = build.Number,
                    ["url"] = string.Create(
                        CultureInfo.InvariantCulture,
                        $"{Elsewhere}/{item.Job.Path}/{build.Number}/"
                    ),
                }
                : null,
        };

    private static JenkinsReply Json(JsonNode node) =>
        new JenkinsReply(HttpStatusCode.OK) { Body = Encoding.UTF8.GetBytes(node.ToJsonString()) }.With(
            "Content-Type",
            "application/json;charset=utf-8"
        );
}

/// <summary>A request as Jenkins got it.</summary>
public sealed record JenkinsRequest(string Method, string Address, string Authorization, string Crumb);

/// <summary>What can go wrong with a request.</summary>
public enum JenkinsFaultKind
{
    TooManyRequests,
    ServerError,
    Starting,

    /// <summary>There is no answer, and nothing is done.</summary>
    Hang,

    /// <summary>There is no answer, and it is done once nobody waits for it any more.</summary>
    DoneAfterHang,

    DoneAndAnswerLost,
    DoneAndServerError,

    /// <summary>Half of the answer, which looks like all of it.</summary>
    Truncated,

    /// <summary>Half of the answer, and the connection ends.</summary>
    BrokenOff,

    /// <summary>The answer is another address.</summary>
    Elsewhere,
}

internal sealed record JenkinsReply(HttpStatusCode Status)
{
    public byte[] Body { get; init; } = [];

    public List<(string Name, string Value)> Headers { get; } = [];

    public JenkinsReply With(string name, string value)
    {
        Headers.Add((name, value));
        return this;
    }
}
