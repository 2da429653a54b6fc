using System.Globalization;
using System.Text.Json.Nodes;

namespace Canary.Testing.GitHub;

/// <summary>Webhooks of a repository and their deliveries: docs.github.com/rest/repos/webhooks.</summary>
internal sealed class HooksResource : IGitHubResource
{
    public GitHubReply? Answer(
        GitHubServer server,
        GitHubRequest request,
        GitHubStandInRepository? repository,
        string[] path
    ) =>
        repository is null || path is not ["hooks", ..]
            ? null
            : server.Refusal(request, "repository_hooks", request.Method == "GET" ? "read" : "write")
                ?? (
                    (request.Method, path) switch
                    {
                        ("GET", ["hooks"]) => GitHubReply.Ok(Shown(repository.Hooks)),
                        ("POST", ["hooks"]) => Create(server, request, repository),
                        ("GET", ["hooks", var id, "deliveries"]) => GitHubReply.Ok(
                            new JsonArray([.. DeliveriesOf(repository, id).Select(it => it.DeepClone())])
                        ),
                        _ => null,
                    }
                );

    /// <summary>The same address and events a second time are refused: "Hook already exists on this repository".</summary>
    private static GitHubReply Create(GitHubServer server, GitHubRequest request, GitHubStandInRepository repository)
    {
        var hook = request.Body!.DeepClone().AsObject();
        var address = hook["config"]!["url"]!.ToString();
        if (repository.Hooks.Exists(it => it["config"]!["url"]!.ToString() == address))
        {
            return GitHubReply.Invalid("hook", "custom: Hook already exists on this repository");
        }

        var id = server.NextId();
        hook["id"] = id;
        hook["created_at"] = server.NowText;
        hook["updated_at"] = server.NowText;
        repository.Hooks.Add(hook);
        repository.Deliveries[id] = [];
        return GitHubReply.Created(Shown([hook])[0]!.DeepClone());
    }

    /// <summary>GitHub shows no secret.</summary>
    private static JsonArray Shown(IEnumerable<JsonObject> hooks)
    {
        var shown = new JsonArray([.. hooks.Select(hook => hook.DeepClone())]);
        foreach (var hook in shown)
        {
            if (hook!["config"]!["secret"] is not null)
            {
                hook["config"]!["secret"] = "********";
            }
        }

        return shown;
    }

    private static List<JsonObject> DeliveriesOf(GitHubStandInRepository repository, string id) =>
        repository.Deliveries.GetValueOrDefault(long.Parse(id, CultureInfo.InvariantCulture), []);
}
