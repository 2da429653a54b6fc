using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;

namespace Canary.Testing.GitHub;

/// <summary>Check runs: docs.github.com/rest/checks/runs. Only Apps may write them; one more of the same name is one more.</summary>
internal sealed class ChecksResource : IGitHubResource
{
    public GitHubReply? Answer(
        GitHubServer server,
        GitHubRequest request,
        GitHubStandInRepository? repository,
        string[] path
    ) =>
        (request.Method, path) switch
        {
            _ when repository is null => null,
            ("POST", ["check-runs"]) => Create(server, request, repository),
            ("PATCH", ["check-runs", var id]) => Update(server, request, repository, id),
            ("GET", ["commits", var commit, "check-runs"]) => List(request, repository, commit),
            _ => null,
        };

    private static GitHubReply Create(GitHubServer server, GitHubRequest request, GitHubStandInRepository repository)
    {
        if (server.Refusal(request, "checks", "write") is { } refusal)
        {
            return refusal;
        }

        if (request.Caller != GitHubCaller.Installation)
        {
            return GitHubReply.Error(HttpStatusCode.Forbidden, "You must authenticate via a GitHub App.");
        }

        var run = new JsonObject
        {
            ["id"] = server.NextId(),
            ["started_at"] = server.NowText,
            ["completed_at"] = null,
            ["conclusion"] = null,
            ["status"] = "queued",
            ["app"] = new JsonObject { ["id"] = long.Parse(GitHubServer.AppId, CultureInfo.InvariantCulture) },
        };
        if (Apply(request.Body!.AsObject(), run) is { } invalid)
        {
            return invalid;
        }

        repository.CheckRuns.Add(run);
        return GitHubReply.Created(run.DeepClone());
    }

    private static GitHubReply Update(
        GitHubServer server,
        GitHubRequest request,
        GitHubStandInRepository repository,
        string id
    ) =>
        server.Refusal(request, "checks", "write")
        ?? (
            repository.CheckRuns.Find(it => it["id"]!.ToString() == id) is not { } run ? GitHubReply.NotFound()
            : Apply(request.Body!.AsObject(), run) is { } invalid ? invalid
            : GitHubReply.Ok(run.DeepClone())
        );

    /// <summary>A conclusion completes it; nothing else does.</summary>
    private static GitHubReply? Apply(JsonObject changes, JsonObject run)
    {
        if (changes["status"]?.ToString() == "completed" && changes["conclusion"] is null)
        {
            return GitHubReply.Invalid("conclusion", "missing_field");
        }

        foreach (var (name, value) in changes)
        {
            run[name] = value?.DeepClone();
        }

        if (changes["conclusion"] is not null)
        {
            run["status"] = "completed";
        }
        else if (changes["status"] is not null)
        {
            run["conclusion"] = null;
        }

        return null;
    }

    private static GitHubReply List(GitHubRequest request, GitHubStandInRepository repository, string commit)
    {
        var name = request.Query.GetValueOrDefault("check_name");
        var runs = repository
            .CheckRuns.Where(it => it["head_sha"]!.ToString() == commit)
            .Where(it => name is null || it["name"]!.ToString() == name);
        if (request.Query.GetValueOrDefault("filter", "latest") == "latest")
        {
            runs = runs.GroupBy(it => it["name"]!.ToString()).Select(same => same.Last());
        }

        var listed = runs.Reverse().Select(it => it.DeepClone()).ToArray();
        return GitHubReply.Ok(
            new JsonObject { ["total_count"] = listed.Length, ["check_runs"] = new JsonArray(listed) }
        );
    }
}
