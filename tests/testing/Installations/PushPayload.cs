using System.Security.Cryptography;
using System.Text;

namespace Canary.Testing.Installations;

/// <summary>A <c>push</c> payload with the fields that GitHub documents (Webhook events and payloads: push).</summary>
public static class PushPayload
{
    /// <param name="repository">Where the commit is.</param>
    /// <param name="commit">Its id.</param>
    /// <param name="name">What the repository is called at GitHub.</param>
    /// <param name="before">The commit before it; <c>null</c>: the branch is new.</param>
    /// <param name="branch">The branch.</param>
    /// <param name="id">The id that the repository has at GitHub; <c>null</c>: one that follows from its name.</param>
    public static object Of(
        GitRepository repository,
        string commit,
        string name,
        string? before,
        string branch = "main",
        long? id = null
    ) =>
        new
        {
            @ref = $"refs/heads/{branch}",
            before = before ?? new string('0', 40),
            after = commit,
            created = before is null,
            deleted = false,
            forced = false,
            base_ref = (string?)null,
            compare = $"https://github.example/acme/{name}/compare/{commit[..12]}",
            commits = new[] { Commit(commit) },
            head_commit = Commit(commit),
            repository = new
            {
                id = id ?? IdOf(name),
                name,
                full_name = $"acme/{name}",
                @private = false,
                html_url = $"https://github.example/acme/{name}",
                clone_url = new Uri(repository.Path).AbsoluteUri,
                default_branch = "main",
                owner = new { login = "acme", name = "acme" },
            },
            pusher = new { name = "ada", email = "ada@example.org" },
            sender = new { login = "ada", id = 2 },
        };

    /// <summary>The same for all pushes to a repository, and another one for every other.</summary>
    private static long IdOf(string name) => BitConverter.ToUInt32(SHA256.HashData(Encoding.UTF8.GetBytes(name))) + 1L;

    private static object Commit(string id) =>
        new
        {
            id,
            message = "Sell more",
            timestamp = "2026-01-02T03:04:05Z",
            author = new { name = "Ada", email = "ada@example.org" },
        };
}
