using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;

namespace Canary.Testing.GitHub;

/// <summary>The App, its installations and their tokens: docs.github.com/rest/apps/apps and
/// docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app.</summary>
internal sealed class AppsResource : IGitHubResource
{
    public GitHubReply? Answer(
        GitHubServer server,
        GitHubRequest request,
        GitHubStandInRepository? repository,
        string[] path
    ) =>
        (repository, path) switch
        {
            (null, ["app"]) => ForApp(request, () => GitHubReply.Ok(App(server))),
            (null, ["app", "installations"]) => ForApp(
                request,
                () => GitHubReply.Ok(new JsonArray(Installation(server)))
            ),
            (null, ["app", "installations", var id, "access_tokens"]) => ForApp(
                request,
                () => CreateToken(server, request, long.Parse(id, CultureInfo.InvariantCulture))
            ),
            ({ } it, ["installation"]) => ForApp(
                request,
                () => it.IsGranted ? GitHubReply.Ok(Installation(server)) : GitHubReply.NotFound()
            ),
            (null, ["rate_limit"]) => GitHubReply.Ok(RateLimit(server)),
            _ => null,
        };

    private static GitHubReply ForApp(GitHubRequest request, Func<GitHubReply> answer) =>
        request.Caller == GitHubCaller.App
            ? answer()
            : GitHubReply.Error(HttpStatusCode.Unauthorized, "A JSON web token could not be decoded");

    private static JsonObject App(GitHubServer server) =>
        new()
        {
            ["id"] = long.Parse(GitHubServer.AppId, CultureInfo.InvariantCulture),
            ["slug"] = "canary",
            ["name"] = "Canary of Acme",
            ["html_url"] = $"{server.Web}apps/canary",
            ["permissions"] = server.PermissionsAsJson(),
            ["events"] = new JsonArray("push"),
        };

    private static JsonObject Installation(GitHubServer server) =>
        new()
        {
            ["id"] = server.InstallationId,
            ["app_id"] = long.Parse(GitHubServer.AppId, CultureInfo.InvariantCulture),
            ["account"] = new JsonObject
            {
                ["login"] = "acme",
                ["id"] = 1,
                ["type"] = "Organization",
            },
            ["target_type"] = "Organization",
            ["repository_selection"] = "selected",
            ["permissions"] = server.PermissionsAsJson(),
            ["events"] = new JsonArray("push"),
        };

    private static GitHubReply CreateToken(GitHubServer server, GitHubRequest request, long installation)
    {
        if (installation != server.InstallationId)
        {
            return GitHubReply.NotFound();
        }

        var only = request.Body?["repository_ids"]?.AsArray().Select(id => id!.GetValue<long>()).ToList();
        if (only?.Exists(id => !server.Repositories.Any(it => it.Id == id && it.IsGranted)) == true)
        {
            // docs.github.com: 422 for repositories that the installation has no access to.
            return GitHubReply.Error(
                HttpStatusCode.UnprocessableEntity,
                "There is at least one repository that does not exist or is not accessible to the parent installation."
            );
        }

        var (token, expires) = server.IssueToken(only);
        return GitHubReply.Created(
            new JsonObject
            {
                ["token"] = token,
                ["expires_at"] = expires.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
                ["permissions"] = request.Body?["permissions"]?.DeepClone() ?? server.PermissionsAsJson(),
                ["repository_selection"] = only is null ? "all" : "selected",
            }
        );
    }

    /// <summary>docs.github.com/rest/rate-limit/rate-limit: it costs no request.</summary>
    private static JsonObject RateLimit(GitHubServer server)
    {
        JsonObject Rate() =>
            new()
            {
                ["limit"] = server.RateLimit,
                ["remaining"] = server.RateLeft,
                ["reset"] = server.Now.AddMinutes(30).ToUnixTimeSeconds(),
            };
        return new JsonObject
        {
            ["resources"] = new JsonObject { ["core"] = Rate(), ["search"] = Rate() },
            ["rate"] = Rate(),
        };
    }
}
