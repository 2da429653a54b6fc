using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Canary.Contracts.Releases;

namespace Canary.Testing.Installations;

/// <summary>A running Canary as the outside sees it: webhooks, the API, and what dpkg has on the hosts.</summary>
public abstract class Installation
{
    protected const string WebhookSecret = "a secret that only GitHub and this test know";

    protected static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
    };

    public HttpClient Http { get; protected set; } = null!;

    /// <summary>All that its processes have printed.</summary>
    public abstract string Log { get; }

    /// <summary>Root of a host's file system.</summary>
    public abstract string HostRoot(string host);

    /// <summary>Delivers a push the way GitHub does: signed over the raw body.</summary>
    public async Task<HttpResponseMessage> PushAsync(
        GitRepository repository,
        string commit,
        string name = "shop",
        string? before = null,
        Guid? delivery = null,
        string branch = "main",
        long? id = null
    )
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(PushPayload.Of(repository, commit, name, before, branch, id));
        return await DeliverAsync(body, delivery: delivery);
    }

    /// <summary>Delivers any bytes as a webhook, with the right signature unless another is given.</summary>
    /// <param name="body">The raw body.</param>
    /// <param name="signature">The header; <c>null</c>: the right one; empty: none.</param>
    /// <param name="event">The event's name; empty: none.</param>
    /// <param name="delivery">Id of the delivery; <c>null</c>: a new one.</param>
    public async Task<HttpResponseMessage> DeliverAsync(
        byte[] body,
        string? signature = null,
        string @event = "push",
        Guid? delivery = null
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/webhooks/github")
        {
            Content = new ByteArrayContent(body) { Headers = { ContentType = new("application/json") } },
        };
        signature ??= Sign(body);
        if (signature.Length > 0)
        {
            request.Headers.TryAddWithoutValidation("X-Hub-Signature-256", signature);
        }

        if (@event.Length > 0)
        {
            request.Headers.Add("X-GitHub-Event", @event);
        }

        request.Headers.Add("X-GitHub-Delivery", (delivery ?? Guid.NewGuid()).ToString());
        return await Http.SendAsync(request);
    }

    /// <summary>GitHub's signature of a body.</summary>
    public static string Sign(byte[] body) =>
        "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(WebhookSecret), body));

    /// <summary>Lists releases, newest first.</summary>
    /// <param name="query">What the API is asked for.</param>
    public async Task<IReadOnlyList<ReleaseView>> ReleasesAsync(string query = "limit=100") =>
        (await Http.GetFromJsonAsync<ReleaseList>($"/api/releases?{query}", Json))!.Releases;

    public async Task<ReleaseView?> ReleaseAsync(string commit)
    {
        try
        {
            return (await ReleasesAsync()).SingleOrDefault(release => release.Commit == commit);
        }
        catch (Exception exception)
            when (exception is HttpRequestException or TaskCanceledException or ObjectDisposedException)
        {
            // The server is away: it is being killed or started.
            return null;
        }
    }

    /// <summary>Awaits that the release of a commit is in one of some states or phases.</summary>
    public async Task<ReleaseView> ReleaseInAsync(string commit, params string[] states)
    {
        ReleaseView? release = null;
        try
        {
            await Eventually.TrueAsync(
                async () =>
                {
                    release = await ReleaseAsync(commit);
                    return release is not null && (IsThere(release) || ReleaseStates.IsFinal(release.State));
                },
                TimeSpan.FromMinutes(4)
            );
        }
        catch (TimeoutException)
        {
            throw new TimeoutException(
                $"The release of {commit} is not {string.Join(" or ", states)} but {JsonSerializer.Serialize(release, Json)}\n{Log}"
            );
        }

        return IsThere(release!)
            ? release!
            : throw new InvalidOperationException(
                $"The release of {commit} ended as {JsonSerializer.Serialize(release, Json)}\n{Log}"
            );

        bool IsThere(ReleaseView it) => states.Contains(it.State) || states.Contains(it.Phase);
    }

    public async Task<HttpResponseMessage> DecideAsync(ReleaseView release, string decision) =>
        await Http.PostAsJsonAsync($"/api/releases/{release.Id}/{decision}", new { reason = "a test" });

    /// <summary>Lets the automatic deployments of an application go on.</summary>
    public async Task<HttpResponseMessage> ResumeAsync(string application) =>
        await Http.PostAsJsonAsync($"/api/applications/{application}/resume", new { reason = "a test" });

    /// <summary>Version of a package that dpkg has installed on a host; <c>null</c>: none.</summary>
    public async Task<string?> InstalledAsync(string host, string package)
    {
        var result = await ProcessRunner.RunAsync(
            "dpkg-query",
            [$"--admindir={HostRoot(host)}/var/lib/dpkg", "-W", "-f=${db:Status-Status} ${Version}", package]
        );
        return result.ExitCode == 0 && result.Output.Split(' ') is ["installed", var version] ? version : null;
    }

    /// <summary>How often dpkg really installed a version on a host, from dpkg's own log.</summary>
    public int Installations(string host, string package, string version)
    {
        var log = Path.Combine(HostRoot(host), "var/log/dpkg.log");
        return File.Exists(log)
            ? File.ReadLines(log)
                .Count(line =>
                    line.Contains($" status installed {package}:", StringComparison.Ordinal)
                    && line.EndsWith(" " + version, StringComparison.Ordinal)
                )
            : 0;
    }

    protected static async Task<HttpClient> ClientAsync(Uri address, string tokenFile)
    {
        var token = await File.ReadAllTextAsync(tokenFile);
        var http = new HttpClient { BaseAddress = address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token.Trim());
        return http;
    }

    private sealed record ReleaseList(IReadOnlyList<ReleaseView> Releases);
}
