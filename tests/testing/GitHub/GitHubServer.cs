using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Canary.Testing.GitHub;

/// <summary>
/// A stand-in for a GitHub Enterprise Server, which cannot be had in tests: the part of its REST API that Canary uses, and its
/// repositories over HTTP. Each resource is a file that names the documents that it follows; all faults are switched on here. Its clock is
/// its own, and may be wrong.
/// </summary>
public sealed class GitHubServer : IAsyncDisposable
{
    public const string AppId = "314159";
    public const string Token = "github_pat_11ABCDEFG0123456789_abcdefghijklmnopqrstuvwxyz";

    private const string ApiPath = "/api/v3";

    private static readonly Lazy<RSA> Key = new(() => RSA.Create(2048));

    private readonly Lock _gate = new();
    private readonly List<GitHubStandInRepository> _repositories = [];
    private readonly List<GitHubRequest> _requests = [];
    private readonly Faults<GitHubFaultKind> _faults = new();
    private readonly Dictionary<string, IssuedToken> _tokens = new(StringComparer.Ordinal);
    private readonly List<IGitHubResource> _resources =
    [
        new AppsResource(),
        new RepositoriesResource(),
        new ChecksResource(),
        new StatusesResource(),
        new DeploymentsResource(),
        new HooksResource(),
    ];

    private WebApplication? _app;
    private long _lastId = 1000;

    private GitHubServer(string host) => Host = host;

    /// <summary>The private key of the App, as GitHub gives it out.</summary>
    public static string PrivateKey => Key.Value.ExportRSAPrivateKeyPem();

    /// <summary>What whoever asks calls this machine.</summary>
    public string Host { get; }

    public int Port { get; } = FreePort.Next();

    /// <summary>Where the API is.</summary>
    public string Address => $"{Web}{ApiPath[1..]}";

    /// <summary>Where pages and repositories are.</summary>
    public string Web => $"http://{Host}:{Port}/";

    /// <summary>What was asked so far.</summary>
    public IReadOnlyList<GitHubRequest> Requests
    {
        get
        {
            lock (_gate)
            {
                return [.. _requests];
            }
        }
    }

    public IReadOnlyList<GitHubStandInRepository> Repositories => _repositories;

    /// <summary>The installation of the App; another id: it was removed, and installed again.</summary>
    public long InstallationId { get; set; } = 27182;

    /// <summary>How long tokens of installations hold.</summary>
    public TimeSpan TokenLifetime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>What the App and the token may do: <c>read</c> or <c>write</c>.</summary>
    public Dictionary<string, string> Permissions { get; } =
        new()
        {
            ["metadata"] = "read",
            ["contents"] = "read",
            ["checks"] = "write",
            ["statuses"] = "write",
            ["deployments"] = "write",
            ["pull_requests"] = "read",
            ["repository_hooks"] = "write",
        };

    /// <summary>How far its clock is from that of this machine.</summary>
    public TimeSpan ClockSkew { get; set; }

    public int RateLimit { get; set; } = 5000;

    public int RateLeft { get; set; } = 5000;

    /// <summary>Where whoever fetches over git is led instead; null: nowhere.</summary>
    public string? GitLeadsTo { get; set; }

    public DateTimeOffset Now => TimeProvider.System.GetUtcNow() + ClockSkew;

    public string NowText => Now.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>Requests that something is still to go wrong with.</summary>
    public int FaultsToCome => _faults.Left;

    /// <summary>What <c>Retry-After</c> says, where it is said.</summary>
    public TimeSpan RetryAfter { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Starts it on a port of its own.</summary>
    /// <param name="host">What whoever asks calls this machine; with another name than the usual one, others reach it too.</param>
    public static async Task<GitHubServer> StartAsync(string host = FreePort.Host)
    {
        var server = new GitHubServer(host);
        await server.GoUpAsync();
        return server;
    }

    /// <summary>Adds a part of the API.</summary>
    public void Add(IGitHubResource resource) => _resources.Insert(0, resource);

    public GitHubStandInRepository AddRepository(string name, string? gitDirectory = null)
    {
        lock (_gate)
        {
            var repository = new GitHubStandInRepository(++_lastId, name) { GitDirectory = gitDirectory };
            _repositories.Add(repository);
            return repository;
        }
    }

    /// <summary>Renames a repository, or transfers it: what asks for the old name is led to the new one
    /// (docs.github.com/repositories/creating-and-managing-repositories/renaming-a-repository).</summary>
    public void Rename(GitHubStandInRepository repository, string name)
    {
        lock (_gate)
        {
            repository.FormerNames.Add(repository.FullName);
            repository.FullName = name;
        }
    }

    /// <summary>Lets something go wrong with requests whose method and path contain a text, for example <c>POST repos/acme/shop/check-runs</c>.</summary>
    public void Break(string part, GitHubFaultKind kind, int times = 1) => _faults.Add(part, kind, times);

    /// <summary>Lets nothing go wrong any more.</summary>
    public void Mend() => _faults.Clear();

    /// <summary>Makes all tokens of installations worthless, as a new key of the App or an incident does.</summary>
    public void RevokeTokens()
    {
        lock (_gate)
        {
            _tokens.Clear();
        }
    }

    /// <summary>Reads what it holds while nothing changes.</summary>
    public T Look<T>(Func<GitHubServer, T> look)
    {
        ArgumentNullException.ThrowIfNull(look);

        lock (_gate)
        {
            return look(this);
        }
    }

    /// <summary>Refuses connections from now on. Everything else is kept.</summary>
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
        builder
            .WebHost.UseUrls(FreePort.Listen(Host, Port))
            .ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = null);
        _app = builder.Build();
        _app.Run(HandleAsync);
        await _app.StartAsync();
    }

    public async ValueTask DisposeAsync() => await GoDownAsync();

    /// <summary>403 unless whoever asks has a permission (docs.github.com/rest/authentication/permissions-required-for-github-apps).</summary>
    public GitHubReply? Refusal(GitHubRequest request, string permission, string access)
    {
        ArgumentNullException.ThrowIfNull(request);

        var held = Permissions.GetValueOrDefault(permission);
        return held == "write" || held == access
            ? null
            : GitHubReply
                .Error(
                    HttpStatusCode.Forbidden,
                    request.Caller == GitHubCaller.Token
                        ? "Resource not accessible by personal access token"
                        : "Resource not accessible by integration"
                )
                .With("X-Accepted-GitHub-Permissions", $"{permission}={access}");
    }

    internal long NextId() => ++_lastId;

    internal JsonObject PermissionsAsJson() =>
        new(Permissions.Select(it => KeyValuePair.Create(it.Key, (JsonNode?)JsonValue.Create(it.Value))));

    internal (string Token, DateTimeOffset Expires) IssueToken(IReadOnlyList<long>? only)
    {
        var token = "ghs_" + RandomNumberGenerator.GetHexString(36);
        var expires = Now + TokenLifetime;
        _tokens[token] = new IssuedToken(InstallationId, expires, only);
        return (token, expires);
    }

    private async Task HandleAsync(HttpContext context)
    {
        context.Response.Headers.Date = Now.ToString("r", CultureInfo.InvariantCulture);
        var path = context.Request.Path.Value!;
        if (!path.StartsWith(ApiPath + "/", StringComparison.Ordinal))
        {
            await ServeGitAsync(context, path);
            return;
        }

        var request = await ReadAsync(context, path[(ApiPath.Length + 1)..]);
        lock (_gate)
        {
            request = request with { Caller = CallerOf(request.Authorization) };
            _requests.Add(request);
        }

        await AnswerAsync(context, request, _faults.Take(request.Text));
    }

    private static async Task<GitHubRequest> ReadAsync(HttpContext context, string path)
    {
        var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        return new GitHubRequest(
            context.Request.Method,
            path,
            context.Request.Query.ToDictionary(it => it.Key, it => it.Value.ToString()),
            context.Request.Headers.Authorization.ToString(),
            body.Length == 0 ? null : JsonNode.Parse(body.ToArray())
        )
        {
            IfNoneMatch = context.Request.Headers.IfNoneMatch.ToString() is { Length: > 0 } tag ? tag : null,
        };
    }

    private async Task AnswerAsync(HttpContext context, GitHubRequest request, GitHubFaultKind? fault)
    {
        switch (fault)
        {
            case null:
                await WriteAsync(context, Answer(request));
                break;
            case GitHubFaultKind.Unauthorized:
                await WriteAsync(context, GitHubReply.Error(HttpStatusCode.Unauthorized, "Bad credentials"));
                break;
            case GitHubFaultKind.PrimaryLimit:
                await WriteAsync(
                    context,
                    GitHubReply
                        .Error(HttpStatusCode.Forbidden, "API rate limit exceeded for installation ID 27182.")
                        .With("X-RateLimit-Limit", "5000")
                        .With("X-RateLimit-Remaining", "0")
                        .With(
                            "X-RateLimit-Reset",
                            (Now + RetryAfter).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)
                        )
                );
                break;
            case GitHubFaultKind.SecondaryLimit or GitHubFaultKind.TooManyRequests:
                await WriteAsync(
                    context,
                    GitHubReply
                        .Error(
                            fault == GitHubFaultKind.SecondaryLimit
                                ? HttpStatusCode.Forbidden
                                : HttpStatusCode.TooManyRequests,
                            "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
                        )
                        .With("Retry-After", ((int)RetryAfter.TotalSeconds).ToString(CultureInfo.InvariantCulture))
                );
                break;
            case GitHubFaultKind.ServerError:
                await WriteAsync(context, GitHubReply.Error(HttpStatusCode.InternalServerError, "Server Error"));
                break;
            case GitHubFaultKind.BadGateway:
                context.Response.StatusCode = StatusCodes.Status502BadGateway;
                context.Response.ContentType = "text/html";
                await context.Response.WriteAsync("<html><title>Unicorn!</title></html>");
                break;
            case GitHubFaultKind.Hang:
                await context.WhenGivenUpAsync();
                break;
            case GitHubFaultKind.DoneAfterHang:
                await context.WhenGivenUpAsync();
                Answer(request);
                break;
            case GitHubFaultKind.DoneAndAnswerLost:
                Answer(request);
                context.Abort();
                break;
            case GitHubFaultKind.DoneAndServerError:
                Answer(request);
                await WriteAsync(context, GitHubReply.Error(HttpStatusCode.InternalServerError, "Server Error"));
                break;
            case GitHubFaultKind.DoneTwice:
                Answer(request);
                await WriteAsync(context, Answer(request));
                break;
            case GitHubFaultKind.Truncated or GitHubFaultKind.BrokenOff or GitHubFaultKind.HangsWithinAnswer:
                await HalveAsync(context, Answer(request), fault.Value);
                break;
            case GitHubFaultKind.Elsewhere:
                context.Response.Redirect("http://elsewhere.invalid/login");
                break;
        }
    }

    private static async Task HalveAsync(HttpContext context, GitHubReply reply, GitHubFaultKind fault)
    {
        var half = reply.Body.AsMemory(0, reply.Body.Length / 2);
        context.Response.StatusCode = (int)reply.Status;
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.ContentLength = fault == GitHubFaultKind.Truncated ? half.Length : reply.Body.Length;
        await context.Response.Body.WriteAsync(half);
        await context.Response.Body.FlushAsync();
        if (fault == GitHubFaultKind.HangsWithinAnswer)
        {
            await context.WhenGivenUpAsync();
        }

        if (fault != GitHubFaultKind.Truncated)
        {
            context.Abort();
        }
    }

    private static async Task WriteAsync(HttpContext context, GitHubReply reply)
    {
        context.Response.StatusCode = (int)reply.Status;
        foreach (var (name, value) in reply.Headers)
        {
            context.Response.Headers.Append(name, value);
        }

        if (reply.Body.Length > 0 && reply.Status != HttpStatusCode.NotModified)
        {
            context.Response.ContentType = "application/json; charset=utf-8";
            context.Response.ContentLength = reply.Body.Length;
            await context.Response.Body.WriteAsync(reply.Body);
        }
    }

    private GitHubReply Answer(GitHubRequest request)
    {
        lock (_gate)
        {
            if (request.Caller == GitHubCaller.Nobody)
            {
                return GitHubReply.Error(HttpStatusCode.Unauthorized, "Bad credentials");
            }

            var reply = Route(request);
            if (request.Method == "GET" && reply.Status == HttpStatusCode.OK)
            {
                var tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(reply.Body))[..32]}\"";
                reply =
                    request.IfNoneMatch == tag
                        ? new GitHubReply(HttpStatusCode.NotModified, reply.Json).With("ETag", tag)
                        : reply.With("ETag", tag);
            }

            // A conditional request that finds nothing new costs none.
            RateLeft -= reply.Status == HttpStatusCode.NotModified || request.Path == "rate_limit" ? 0 : 1;
            return reply
                .With("X-RateLimit-Limit", RateLimit.ToString(CultureInfo.InvariantCulture))
                .With("X-RateLimit-Remaining", RateLeft.ToString(CultureInfo.InvariantCulture))
                .With(
                    "X-RateLimit-Reset",
                    Now.AddMinutes(30).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)
                );
        }
    }

    private GitHubReply Route(GitHubRequest request)
    {
        var path = request.Path.TrimEnd('/').Split('/').Select(Uri.UnescapeDataString).ToArray();
        GitHubStandInRepository? repository = null;
        if (path is ["repos", var owner, var name, .. var rest])
        {
            var full = $"{owner}/{name}";
            if (_repositories.Find(it => it.FormerNames.Contains(full)) is { } moved && Named(full) is null)
            {
                // docs.github.com/rest/using-the-rest-api/best-practices: 301 for what is read, 307 for what is written.
                return GitHubReply
                    .Error(
                        request.Method == "GET" ? HttpStatusCode.MovedPermanently : HttpStatusCode.TemporaryRedirect,
                        "Moved Permanently"
                    )
                    .With("Location", $"{Address}/repositories/{string.Join('/', rest.Prepend($"{moved.Id}"))}");
            }

            repository = Named(full);
            path = rest;
        }
        else if (path is ["repositories", var id, .. var behind])
        {
            repository = _repositories.Find(it => $"{it.Id}" == id);
            path = behind;
        }
        else
        {
            return FromResources(request, null, path);
        }

        return repository is null || (!repository.IsGranted && request.Caller != GitHubCaller.App)
            ? GitHubReply.NotFound()
            : FromResources(request, repository, path);

        GitHubStandInRepository? Named(string full) =>
            _repositories.Find(it => it.FullName.Equals(full, StringComparison.OrdinalIgnoreCase));
    }

    private GitHubReply FromResources(GitHubRequest request, GitHubStandInRepository? repository, string[] path) =>
        _resources
            .Select(resource => resource.Answer(this, request, repository, path))
            .FirstOrDefault(it => it is not null)
        ?? GitHubReply.NotFound();

    private GitHubCaller CallerOf(string authorization)
    {
        if (!authorization.StartsWith("Bearer ", StringComparison.Ordinal))
        {
            return GitHubCaller.Nobody;
        }

        var presented = authorization["Bearer ".Length..];
        return presented == Token ? GitHubCaller.Token
            : IsHeld(presented, repository: null) ? GitHubCaller.Installation
            : IsSignedByApp(presented) ? GitHubCaller.App
            : GitHubCaller.Nobody;
    }

    private bool IsHeld(string presented, long? repository) =>
        _tokens.TryGetValue(presented, out var token)
        && token.Installation == InstallationId
        && token.Expires > Now
        && (repository is null || token.Only is not { } only || only.Contains(repository.Value));

    /// <summary>docs.github.com/apps/…/generating-a-json-web-token-jwt-for-a-github-app: RS256, issued in the past, good for ten
    /// minutes at most.</summary>
    private bool IsSignedByApp(string presented)
    {
        if (presented.Split('.') is not [var header, var payload, var signature])
        {
            return false;
        }

        var claims = JsonSerializer.Deserialize<JsonElement>(Decode(payload));
        var issued = claims.GetProperty("iat").GetInt64();
        var expires = claims.GetProperty("exp").GetInt64();
        var now = Now.ToUnixTimeSeconds();
        return Key.Value.VerifyData(
                Encoding.ASCII.GetBytes($"{header}.{payload}"),
                Decode(signature),
                HashAlgorithmName.SHA256,
                RSASignaturePadding.Pkcs1
            )
            && claims.GetProperty("iss").GetString() == AppId
            && issued <= now
            && expires > now
            && expires <= now + 600;
    }

    private static byte[] Decode(string text) => System.Buffers.Text.Base64Url.DecodeFromChars(text);

    private async Task ServeGitAsync(HttpContext context, string path)
    {
        var request = new GitHubRequest(
            context.Request.Method,
            path.TrimStart('/'),
            context.Request.Query.ToDictionary(it => it.Key, it => it.Value.ToString()),
            context.Request.Headers.Authorization.ToString(),
            Body: null
        );
        lock (_gate)
        {
            _requests.Add(request);
        }

        if (GitLeadsTo is { } elsewhere)
        {
            context.Response.Redirect($"{elsewhere}{request.Path}{context.Request.QueryString}");
            return;
        }

        var end = request.Path.IndexOf(".git/", StringComparison.Ordinal);
        var full = end < 0 ? "" : request.Path[..end];
        var moved = _repositories.Find(it => it.FormerNames.Contains(full));
        if (moved is not null)
        {
            context.Response.Redirect($"{Web}{moved.FullName}{request.Path[end..]}{context.Request.QueryString}");
        }
        else if (_repositories.Find(it => it.FullName == full) is not { GitDirectory: { } directory } repository)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
        }
        else if (repository.IsPrivate && !MayFetch(request.Authorization, repository))
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            context.Response.Headers.WWWAuthenticate = "Basic realm=\"GitHub\"";
        }
        else
        {
            await GitSmartHttp.ServeAsync(context, directory, request.Path[(end + ".git".Length)..]);
        }
    }

    private bool MayFetch(string authorization, GitHubStandInRepository repository)
    {
        if (!authorization.StartsWith("Basic ", StringComparison.Ordinal))
        {
            return false;
        }

        var password = Encoding
            .UTF8.GetString(Convert.FromBase64String(authorization["Basic ".Length..]))
            .Split(':', 2)[1];
        lock (_gate)
        {
            return repository.IsGranted && (password == Token || IsHeld(password, repository.Id));
        }
    }

    private sealed record IssuedToken(long Installation, DateTimeOffset Expires, IReadOnlyList<long>? Only);
}
