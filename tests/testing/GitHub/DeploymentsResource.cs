using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;

namespace Canary.Testing.GitHub;

/// <summary>Deployments and their statuses: docs.github.com/rest/deployments/deployments and
/// docs.github.com/rest/deployments/statuses.</summary>
internal sealed class DeploymentsResource : IGitHubResource
{
    private static readonly string[] States =
    [
        "error",
        "failure",
        "inactive",
        "in_progress",
        "queued",
        "pending",
        "success",
    ];

    public GitHubReply? Answer(
        GitHubServer server,
        GitHubRequest request,
        GitHubStandInRepository? repository,
        string[] path
    ) =>
        (request.Method, path) switch
        {
            _ when repository is null => null,
            ("POST", ["deployments"]) => Create(server, request, repository),
            ("GET", ["deployments"]) => List(request, repository),
            ("POST", ["deployments", var id, "statuses"]) => CreateStatus(server, request, repository, id),
            ("GET", ["deployments", var id, "statuses"]) => ListStatuses(repository, id),
            _ => null,
        };

    private static GitHubReply Create(GitHubServer server, GitHubRequest request, GitHubStandInRepository repository)
    {
        if (server.Refusal(request, "deployments", "write") is { } refusal)
        {
            return refusal;
        }

        var deployment = request.Body!.DeepClone().AsObject();
        var commit = deployment["ref"]!.ToString();
        // Without the parameter, every status of the commit must be success.
        if (deployment["required_contexts"] is null && HasUnfinished(repository, commit))
        {
            return GitHubReply.Error(HttpStatusCode.Conflict, $"Conflict: Commit status checks failed for {commit}.");
        }

        if (deployment["auto_merge"]?.GetValue<bool>() != false)
        {
            return new GitHubReply(
                HttpStatusCode.Accepted,
                new JsonObject { ["message"] = $"Auto-merged {repository.DefaultBranch} into {commit} on deployment." }
            );
        }

        var id = server.NextId();
        deployment["id"] = id;
        deployment["sha"] = commit;
        deployment["environment"] ??= "production";
        deployment["production_environment"] ??= deployment["environment"]!.ToString() == "production";
        deployment["transient_environment"] ??= false;
        deployment["task"] ??= "deploy";
        deployment["payload"] ??= new JsonObject();
        deployment["created_at"] = server.NowText;
        deployment["updated_at"] = server.NowText;
        repository.Deployments.Add(deployment);
        repository.DeploymentStatuses[id] = [];
        return GitHubReply.Created(deployment.DeepClone());
    }

    private static bool HasUnfinished(GitHubStandInRepository repository, string commit) =>
        repository
            .CheckRuns.Where(run => run["head_sha"]!.ToString() == commit)
            .Any(run => run["conclusion"]?.ToString() != "success")
        || repository
            .Statuses.Where(status => status["sha"]!.ToString() == commit)
            .GroupBy(status => status["context"]!.ToString())
            .Any(same => same.Last()["state"]!.ToString() != "success");

    private static GitHubReply List(GitHubRequest request, GitHubStandInRepository repository)
    {
        var found = repository
            .Deployments.Where(it => Matches("sha", it) && Matches("ref", it) && Matches("task", it))
            .Where(it => Matches("environment", it))
            .Reverse()
            .Take(int.Parse(request.Query.GetValueOrDefault("per_page", "30"), CultureInfo.InvariantCulture));
        return GitHubReply.Ok(new JsonArray([.. found.Select(it => it.DeepClone())]));

        bool Matches(string name, JsonObject deployment) =>
            request.Query.GetValueOrDefault(name) is not { } wanted || deployment[name]!.ToString() == wanted;
    }

    private static GitHubReply CreateStatus(
        GitHubServer server,
        GitHubRequest request,
        GitHubStandInRepository repository,
        string id
    )
    {
        if (server.Refusal(request, "deployments", "write") is { } refusal)
        {
            return refusal;
        }

        if (repository.Deployments.Find(it => it["id"]!.ToString() == id) is not { } deployment)
        {
            return GitHubReply.NotFound();
        }

        var status = request.Body!.DeepClone().AsObject();
        if (!States.Contains(status["state"]?.ToString()))
        {
            return GitHubReply.Invalid("state", "invalid");
        }

        if (status["description"]?.ToString().Length > 140)
        {
            return GitHubReply.Invalid("description", "too_long");
        }

        Add(server, repository, deployment, status);
        if (status["state"]!.ToString() == "success" && status["auto_inactive"]?.GetValue<bool>() != false)
        {
            Deactivate(server, repository, deployment);
        }

        return GitHubReply.Created(status.DeepClone());
    }

    /// <summary>"Adds a new inactive status to all prior non-transient, non-production environment deployments with the same repository
    /// and environment name … that had a success state."</summary>
    private static void Deactivate(GitHubServer server, GitHubStandInRepository repository, JsonObject deployment)
    {
        var prior = repository
            .Deployments.TakeWhile(it => it != deployment)
            .Where(it => it["environment"]!.ToString() == deployment["environment"]!.ToString())
            .Where(it =>
                !it["transient_environment"]!.GetValue<bool>() && !it["production_environment"]!.GetValue<bool>()
            )
            .Where(it => repository.StateOf(it) == "success");
        foreach (var it in prior.ToList())
        {
            Add(server, repository, it, new JsonObject { ["state"] = "inactive" });
        }
    }

    private static void Add(
        GitHubServer server,
        GitHubStandInRepository repository,
        JsonObject deployment,
        JsonObject status
    )
    {
        status["id"] = server.NextId();
        status["created_at"] = server.NowText;
        status["updated_at"] = server.NowText;
        repository.DeploymentStatuses[deployment["id"]!.GetValue<long>()].Add(status);
    }

    private static GitHubReply ListStatuses(GitHubStandInRepository repository, string id) =>
        repository.DeploymentStatuses.TryGetValue(long.Parse(id, CultureInfo.InvariantCulture), out var statuses)
            ? GitHubReply.Ok(new JsonArray([.. statuses.AsEnumerable().Reverse().Select(it => it.DeepClone())]))
            : GitHubReply.NotFound();
}
