using System.Text.Json.Nodes;

namespace Canary.Testing.GitHub;

/// <summary>Branches of a repository (docs.github.com/rest/branches/branches), and commits as git has them
/// (docs.github.com/rest/git/commits).</summary>
public sealed class BranchesResource : IGitHubResource
{
    private readonly Lock _gate = new();

    private readonly Dictionary<string, string> _heads = new(StringComparer.Ordinal);

    private readonly Dictionary<string, string> _messages = new(StringComparer.Ordinal);

    /// <summary>Puts a branch where a commit is.</summary>
    public void Push(string branch, string commit, string message)
    {
        lock (_gate)
        {
            _heads[branch] = commit;
            _messages[commit] = message;
        }
    }

    /// <inheritdoc/>
    public GitHubReply? Answer(
        GitHubServer server,
        GitHubRequest request,
        GitHubStandInRepository? repository,
        string[] path
    )
    {
        ArgumentNullException.ThrowIfNull(server);
        ArgumentNullException.ThrowIfNull(request);

        if (repository is null || request.Method != "GET")
        {
            return null;
        }

        lock (_gate)
        {
            return path switch
            {
                ["branches"] => server.Refusal(request, "contents", "read") ?? GitHubReply.Ok(Branches()),
                ["git", "commits", var commit] => server.Refusal(request, "contents", "read") ?? Commit(commit),
                _ => null,
            };
        }
    }

    private JsonArray Branches() =>
        new([
            .. _heads
                .OrderBy(head => head.Key, StringComparer.Ordinal)
                .Select(head => new JsonObject
                {
                    ["name"] = head.Key,
                    ["commit"] = new JsonObject { ["sha"] = head.Value },
                    ["protected"] = false,
                }),
        ]);

    private GitHubReply Commit(string commit) =>
        _messages.TryGetValue(commit, out var message)
            ? GitHubReply.Ok(
                new JsonObject
                {
                    ["sha"] = commit,
                    ["message"] = message,
                    ["author"] = new JsonObject
                    {
                        ["name"] = "Ada Author",
                        ["email"] = "ada@example.org",
                        ["date"] = "2026-01-01T12:00:00Z",
                    },
                }
            )
            : GitHubReply.NotFound();
}
