using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Canary.Testing.GitHub;

/// <summary>A request as the stand-in got it.</summary>
/// <param name="Method">HTTP method.</param>
/// <param name="Path">Below the address of the API, without the query.</param>
/// <param name="Query">The parameters of the query.</param>
/// <param name="Authorization">The header.</param>
/// <param name="Body">What was sent, if it is JSON.</param>
public sealed record GitHubRequest(
    string Method,
    string Path,
    IReadOnlyDictionary<string, string> Query,
    string Authorization,
    JsonNode? Body
)
{
    /// <summary>Who asks.</summary>
    public GitHubCaller Caller { get; init; } = GitHubCaller.Nobody;

    public string? IfNoneMatch { get; init; }

    public string Text => $"{Method} {Path}";
}

/// <summary>Whom the stand-in takes a request to be of.</summary>
public enum GitHubCaller
{
    Nobody,
    App,
    Installation,
    Token,
}

/// <summary>What the stand-in answers.</summary>
public sealed record GitHubReply(HttpStatusCode Status, JsonNode? Json = null)
{
    public byte[] Body { get; } = Json is null ? [] : Encoding.UTF8.GetBytes(Json.ToJsonString());

    public List<(string Name, string Value)> Headers { get; } = [];

    public static GitHubReply Ok(JsonNode json) => new(HttpStatusCode.OK, json);

    public static GitHubReply Created(JsonNode json) => new(HttpStatusCode.Created, json);

    public static GitHubReply Error(HttpStatusCode status, string message) =>
        new(status, new JsonObject { ["message"] = message, ["documentation_url"] = "https://docs.github.com/rest" });

    public static GitHubReply NotFound() => Error(HttpStatusCode.NotFound, "Not Found");

    public static GitHubReply Invalid(string field, string code) =>
        new(
            HttpStatusCode.UnprocessableEntity,
            new JsonObject
            {
                ["message"] = "Validation Failed",
                ["errors"] = new JsonArray(
                    new JsonObject
                    {
                        ["resource"] = "Resource",
                        ["field"] = field,
                        ["code"] = code,
                    }
                ),
            }
        );

    public GitHubReply With(string name, string value)
    {
        Headers.Add((name, value));
        return this;
    }
}
