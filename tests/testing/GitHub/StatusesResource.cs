using System.Text.Json.Nodes;

namespace Canary.Testing.GitHub;

/// <summary>Commit statuses: docs.github.com/rest/commits/statuses. The newest of a context counts.</summary>
internal sealed class StatusesResource : IGitHubResource
{
    private const int LongestDescription = 140;

    public GitHubReply? Answer(
        GitHubServer server,
        GitHubRequest request,
        GitHubStandInRepository? repository,
        string[] path
    ) =>
        (request.Method, path) switch
        {
            _ when repository is null => null,
            ("POST", ["statuses", var commit]) => Create(server, request, repository, commit),
            ("GET", ["commits", var commit, "statuses"]) => GitHubReply.Ok(
                new JsonArray([
                    .. repository
                        .Statuses.Where(it => it["sha"]!.ToString() == commit)
                        .Reverse()
                        .Select(it => it.DeepClone()),
                ])
            ),
            _ => null,
        };

    private static GitHubReply Create(
        GitHubServer server,
        GitHubRequest request,
        GitHubStandInRepository repository,
        string commit
    )
    {
        if (server.Refusal(request, "statuses", "write") is { } refusal)
        {
            return refusal;
        }

        var status = request.Body!.DeepClone().AsObject();
        if (status["state"]?.ToString() is not ("error" or "failure" or "pending" or "success"))
        {
            return GitHubReply.Invalid("state", "invalid");
        }

        if (status["description"]?.ToString().Length > LongestDescription)
        {
            return GitHubReply.Invalid("description", "too_long");
        }

        status["id"] = server.NextId();
        status["sha"] = commit;
        status["created_at"] = server.NowText;
        status["updated_at"] = server.NowText;
        repository.Statuses.Add(status);
        return GitHubReply.Created(status.DeepClone());
    }
}
