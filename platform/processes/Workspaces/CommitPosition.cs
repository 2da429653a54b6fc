namespace Canary.Processes.Workspaces;

/// <summary>Where a commit stands on its branch, as the repository says at this moment.</summary>
public sealed record CommitPosition
{
    /// <summary>Commit that the branch points to.</summary>
    public required string Head { get; init; }

    /// <summary>How the commit stands to it.</summary>
    public required CommitRelation Relation { get; init; }

    /// <summary>Author of the head; <c>null</c> where the commit is the head itself.</summary>
    public string? HeadAuthor { get; init; }

    /// <summary>Title of the head; <c>null</c> where the commit is the head itself.</summary>
    public string? HeadTitle { get; init; }
}

/// <summary>How a commit stands to the head of a branch.</summary>
public enum CommitRelation
{
    /// <summary>It is the head.</summary>
    Head,

    /// <summary>The head was built upon it.</summary>
    Ancestor,

    /// <summary>The branch does not contain it.</summary>
    Elsewhere,
}
