using System.Globalization;
using System.Net;
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
                        (_, ["hooks", var id]) when Find(repository, id) is { } hook => Answer(
                            server,
                            request,
                            repository,
                            hook
                        ),
                        _ => null,
                    }
                );

    private static GitHubReply? Answer(
        GitHubServer server,
        GitHubRequest request,
        GitHubStandInRepository repository,
        JsonObject hook
    ) =>
        request.Method switch
        {
            "GET" => GitHubReply.Ok(Shown([hook])[0]!.DeepClone()),
            "PATCH" => Update(server, request, hook),
            "DELETE" => Delete(repository, hook),
            _ => null,
        };

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

    /// <summary>"Update a repository webhook": a <c>config</c> replaces the one before, its secret included.</summary>
    private static GitHubReply Update(GitHubServer server, GitHubRequest request, JsonObject hook)
    {
        foreach (var (key, value) in request.Body!.AsObject())
        {
            if (key == "add_events")
            {
                var events = hook["events"]!.AsArray().Concat(value!.AsArray()).Select(it => it!.ToString()).Distinct();
                hook["events"] = new JsonArray([.. events.Select(it => JsonValue.Create(it))]);
            }
            else
            {
                hook[key] = value?.DeepClone();
            }
        }

        hook["updated_at"] = server.NowText;
        return GitHubReply.Ok(Shown([hook])[0]!.DeepClone());
    }

    private static GitHubReply Delete(GitHubStandInRepository repository, JsonObject hook)
    {
        repository.Hooks.Remove(hook);
        return new GitHubReply(HttpStatusCode.NoContent, null);
    }

    private static JsonObject? Find(GitHubStandInRepository repository, string id) =>
        repository.Hooks.Find(it => it["id"]!.ToString() == id);

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
