namespace Canary.Ingress.Polling;

/// <summary>What is known of a repository that is looked at.</summary>
internal sealed class LookedAtRow
{
    /// <summary><see cref="Repositories.KnownRepository.Key"/>.</summary>
    public required string Id { get; init; }

    /// <summary>Where its branches were when they were last looked at, by name; <c>null</c>: no look has succeeded yet. What stands here is
    /// decided: released, skipped or refused.</summary>
    public Dictionary<string, string>? Heads { get; set; }

    /// <summary>When it was last read, UTC; for people.</summary>
    public DateTimeOffset? LookedAt { get; set; }

    /// <summary>Why it could not be read the last time; <c>null</c>: it could.</summary>
    public string? Problem { get; set; }

    /// <summary>What to do about it.</summary>
    public string? Remedy { get; set; }

    /// <summary>Since when it cannot be read, UTC; for people.</summary>
    public DateTimeOffset? FailingSince { get; set; }

    /// <summary>The last push that began no release, and why.</summary>
    public string? NotReleased { get; set; }

    public DateTimeOffset? NotReleasedAt { get; set; }

    /// <summary>Counts its changes.</summary>
    public int Revision { get; set; }
}
