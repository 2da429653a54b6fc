using System.Text.Json.Nodes;

namespace Canary.Testing.GitHub;

/// <summary>The repository itself: docs.github.com/rest/repos/repos.</summary>
internal sealed class RepositoriesResource : IGitHubResource
{
    public GitHubReply? Answer(
        GitHubServer server,
        GitHubRequest request,
        GitHubStandInRepository? repository,
        string[] path
    ) =>
        repository is not null && path is [] && request.Method == "GET"
            ? GitHubReply.Ok(Json(server, repository))
            : null;

    private static JsonObject Json(GitHubServer server, GitHubStandInRepository repository) =>
        new()
        {
            ["id"] = repository.Id,
            ["name"] = repository.FullName.Split('/')[1],
            ["full_name"] = repository.FullName,
            ["owner"] = new JsonObject { ["login"] = repository.FullName.Split('/')[0], ["id"] = 1 },
            ["private"] = repository.IsPrivate,
            ["default_branch"] = repository.DefaultBranch,
            ["clone_url"] = $"{server.Web}{repository.FullName}.git",
            ["html_url"] = $"{server.Web}{repository.FullName}",
            ["url"] = $"{server.Address}/repos/{repository.FullName}",
            ["permissions"] = new JsonObject
            {
                ["admin"] = true,
                ["push"] = true,
                ["pull"] = true,
            },
        };
}
