namespace Canary.Ingress.PullRequests;

/// <summary>A pull request of a repository whose pull requests are built.</summary>
internal sealed class PullRequestRow
{
    public required string Id { get; init; }

    public required int Number { get; init; }

    public required string Repository { get; set; }

    public required string CloneUrl { get; set; }

    public required string Application { get; set; }

    public required string Title { get; set; }

    public required string Author { get; set; }

    /// <summary>Whether it comes from another repository. Once that was said, nobody takes it back.</summary>
    public bool IsFork { get; set; }

    public bool IsOpen { get; set; }

    /// <summary>The head that was announced last. What its repository says counts.</summary>
    public required string Announced { get; set; }

    /// <summary>GitHub's time of what was said last.</summary>
    public DateTimeOffset? UpdatedAt { get; set; }

    /// <summary>When the repository is asked for its head next; <c>null</c>: when a webhook comes.</summary>
    public DateTimeOffset? LookAt { get; set; }

    /// <summary>How often that was asked since the last webhook.</summary>
    public int Looks { get; set; }

    /// <summary>Why its head is not known; <c>null</c>: it is.</summary>
    public string? Problem { get; set; }

    public string? Remedy { get; set; }

    public DateTimeOffset ChangedAt { get; set; }

    public int Version { get; set; }

    public static PullRequestRow Of(PullRequestNews news) =>
        new()
        {
            Id = news.Id,
            Number = news.Number,
            Repository = news.Repository,
            CloneUrl = news.CloneUrl,
            Application = news.Application,
            Title = news.Title,
            Author = news.Author,
            Announced = news.Commit,
        };

    /// <summary>Takes over what is not older than what is known: deliveries come late, twice and in any order.</summary>
    /// <param name="news">What is said.</param>
    /// <param name="now">When.</param>
    /// <param name="pace">How long after what was said before its head is looked at, at the earliest.</param>
    public void Take(PullRequestNews news, DateTimeOffset now, TimeSpan pace)
    {
        var earliest = ChangedAt + pace;
        IsFork |= news.IsFork;
        if (!(news.UpdatedAt < UpdatedAt))
        {
            Repository = news.Repository;
            CloneUrl = news.CloneUrl;
            Application = news.Application;
            Title = news.Title;
            Author = news.Author;
            Announced = news.Commit;
            IsOpen = news.IsOpen;
            UpdatedAt = news.UpdatedAt ?? UpdatedAt;
        }

        ChangedAt = now;
        Looks = 0;
        LookAt = IsOpen ? Later(now, LookAt < earliest ? LookAt.Value : earliest) : null;
        Version++;
    }

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
}
