namespace Canary.Contracts.Releases;

/// <summary>Command, by a person: let a release whose canaries are healthy go on to production.</summary>
[Queue("ci-coordinator-release")]
public sealed record PromoteRelease
{
    /// <summary>The release.</summary>
    public required Guid ReleaseId { get; init; }

    /// <summary>Who decided.</summary>
    public required string By { get; init; }
}

/// <summary>
/// Command, by a person: take every host that has the release's version back to the one before. Possible while the release
/// runs, whatever it waits for.
/// </summary>
[Queue("ci-coordinator-release")]
public sealed record RollBackRelease
{
    /// <summary>The release.</summary>
    public required Guid ReleaseId { get; init; }

    /// <summary>Who decided.</summary>
    public required string By { get; init; }

    /// <summary>Why, in the person's words.</summary>
    public string? Reason { get; init; }
}

/// <summary>Command, by a person: stop the release. If it has reached a host, this is a rollback.</summary>
[Queue("ci-coordinator-release")]
public sealed record AbortRelease
{
    /// <summary>The release.</summary>
    public required Guid ReleaseId { get; init; }

    /// <summary>Who decided.</summary>
    public required string By { get; init; }

    /// <summary>Why, in the person's words.</summary>
    public string? Reason { get; init; }
}
