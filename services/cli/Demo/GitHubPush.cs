using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Canary.Cli.Demo;

/// <summary>A commit as a push payload tells of it.</summary>
internal sealed record PushedCommit(
    string Id,
    string Tree,
    string Message,
    DateTimeOffset At,
    IReadOnlyList<string> Added,
    IReadOnlyList<string> Modified
);

/// <summary>What the server said to a push.</summary>
internal sealed record PushAnswer(HttpStatusCode Status, string Body, string Signature, int Bytes, TimeSpan Time);

/// <summary>
/// Sends a push as GitHub does: the whole payload, as its documentation on the event <c>push</c> shows it, signed with HMAC-SHA256
/// over the raw body.
/// </summary>
internal sealed class GitHubPush(Uri server, string secret)
{
    public const string Repository = "acme/shop";

    private static readonly string NoCommit = new('0', 40);

    public async Task<PushAnswer> SendAsync(string? before, PushedCommit commit, CancellationToken cancellation)
    {
        var body = Encoding.UTF8.GetBytes(Payload(before, commit).ToJsonString());
        var signature = Sign(secret, body);
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server, "webhooks/github"))
        {
            Content = content,
            Headers =
            {
                { "User-Agent", "GitHub-Hookshot/044aadd" },
                { "X-GitHub-Delivery", Guid.NewGuid().ToString() },
                { "X-GitHub-Event", "push" },
                { "X-GitHub-Hook-ID", "482613370" },
                { "X-GitHub-Hook-Installation-Target-ID", "811472659" },
                { "X-GitHub-Hook-Installation-Target-Type", "repository" },
                { "X-Hub-Signature-256", signature },
            },
        };

        using var http = new HttpClient();
        var start = Stopwatch.GetTimestamp();
        using var answer = await http.SendAsync(request, cancellation);
        var said = await answer.Content.ReadAsStringAsync(cancellation);
        return new PushAnswer(answer.StatusCode, said, signature, body.Length, Stopwatch.GetElapsedTime(start));
    }

    public static string Sign(string secret, byte[] body) =>
        "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body));

    public static JsonObject Payload(string? before, PushedCommit commit)
    {
        using var template = Assembly.GetExecutingAssembly().GetManifestResourceStream("push.json")!;
        var payload = JsonNode.Parse(template)!.AsObject();
        var page = $"https://github.com/{Repository}";

        payload["before"] = before ?? NoCommit;
        payload["after"] = commit.Id;
        payload["created"] = before is null;
        payload["compare"] = before is null
            ? $"{page}/commit/{commit.Id[..12]}"
            : $"{page}/compare/{before[..12]}...{commit.Id[..12]}";
        payload["head_commit"] = Describe(commit, page);
        payload["commits"] = new JsonArray(Describe(commit, page));
        payload["repository"]!["pushed_at"] = commit.At.ToUnixTimeSeconds();
        return payload;
    }

    private static JsonObject Describe(PushedCommit commit, string page) =>
        new()
        {
            ["id"] = commit.Id,
            ["tree_id"] = commit.Tree,
            ["distinct"] = true,
            ["message"] = commit.Message,
            ["timestamp"] = commit.At.ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture),
            ["url"] = $"{page}/commit/{commit.Id}",
            ["author"] = Ada(),
            ["committer"] = Ada(),
            ["added"] = Names(commit.Added),
            ["removed"] = new JsonArray(),
            ["modified"] = Names(commit.Modified),
        };

    private static JsonObject Ada() =>
        new()
        {
            ["name"] = DemoRepository.AuthorName,
            ["email"] = DemoRepository.AuthorEmail,
            ["username"] = "ada",
        };

    private static JsonArray Names(IEnumerable<string> names) => [.. names.Select(name => JsonValue.Create(name))];
}
