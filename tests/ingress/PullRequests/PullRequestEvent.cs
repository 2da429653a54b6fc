using System.Text.Json;

namespace Canary.Ingress.Tests.PullRequests;

/// <summary>A <c>pull_request</c> payload as GitHub sends it.</summary>
public sealed record PullRequestEvent
{
    public const int Number = 12;

    public const long BaseId = 186853002;

    public string Action { get; init; } = "opened";

    public string Repository { get; init; } = "acme/shop";

    public string Commit { get; init; } = Push.NewCommit();

    /// <summary>Id of the repository that the webhook is of.</summary>
    public long? RepositoryId { get; init; } = BaseId;

    /// <summary>Id of the repository that it goes to.</summary>
    public long BaseRepositoryId { get; init; } = BaseId;

    /// <summary>Id of the repository that it comes from; <c>null</c>: it was deleted.</summary>
    public long? From { get; init; } = BaseId;

    public string Title { get; init; } = "Sell hats";

    /// <summary>Seconds of the minute in which it last changed.</summary>
    public int Second { get; init; }

    public PullRequestEvent OfFork() => this with { From = BaseId + 1 };

    public string ToJson() =>
        JsonSerializer.Serialize(
            new
            {
                action = Action,
                number = Number,
                pull_request = new
                {
                    number = Number,
                    state = Action == "closed" ? "closed" : "open",
                    title = Title,
                    user = new { login = "ada" },
                    updated_at = $"2026-05-15T15:20:{Second:00}Z",
                    head = new
                    {
                        @ref = "main",
                        sha = Commit,
                        repo = From is { } id ? new { id, full_name = "somebody/shop" } : null,
                    },
                    @base = new { @ref = "main", repo = new { id = BaseRepositoryId, full_name = Repository } },
                },
                repository = new
                {
                    id = RepositoryId,
                    full_name = Repository,
                    clone_url = $"https://github.com/{Repository}.git",
                    default_branch = "main",
                },
            }
        );
}
