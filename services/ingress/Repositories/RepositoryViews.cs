namespace Canary.Ingress.Repositories;

/// <summary>The repositories that are listed by name, as the API answers.</summary>
internal sealed record RepositoryList(IReadOnlyList<ListedRepository> Repositories);

/// <summary>A repository, and how looks at it fare.</summary>
internal sealed record ListedRepository
{
    /// <summary><c>OWNER/NAME</c>, or a pattern.</summary>
    public required string Name { get; init; }

    /// <summary><c>github</c>, <c>gitea</c>, <c>gitlab</c> or <c>git</c>.</summary>
    public required string Source { get; init; }

    /// <summary>Its application; <c>null</c>: each repository of a pattern has its own.</summary>
    public string? Application { get; init; }

    /// <summary>The branch that deploys; <c>null</c>: the repository's default branch.</summary>
    public string? Branch { get; init; }

    /// <summary>Who added it; <c>null</c>: the configuration has it.</summary>
    public string? AddedBy { get; init; }

    /// <summary>How often it is looked at; <c>null</c>: never.</summary>
    public TimeSpan? LooksEvery { get; init; }

    /// <summary>When it was last read.</summary>
    public DateTimeOffset? LookedAt { get; init; }

    /// <summary>Why it could not be read the last time; <c>null</c>: it could.</summary>
    public string? Error { get; init; }

    /// <summary>What to do about it.</summary>
    public string? Remedy { get; init; }

    /// <summary>Since when it cannot be read.</summary>
    public DateTimeOffset? FailingSince { get; init; }

    /// <summary>Why the last push that a look found and that began no release began none.</summary>
    public string? NotReleased { get; init; }

    public DateTimeOffset? NotReleasedAt { get; init; }
}
