namespace Canary.Durability.Storage;

/// <summary>Work that takes longer than a message may be held: recorded, leased by a worker, reported.</summary>
internal sealed class Job
{
    public required Guid Id { get; init; }

    /// <summary>Type of the command, as in the outbox.</summary>
    public required string Kind { get; init; }

    /// <summary>The command as JSON; empty for a job that was cancelled before its command arrived.</summary>
    public required string Command { get; set; }

    public required JobState State { get; set; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Attempts that ended in an unexpected error, or with the process that made them.</summary>
    public int Attempts { get; set; }

    public string? LeaseOwner { get; set; }

    public DateTimeOffset? LeaseUntil { get; set; }

    /// <summary>Not to be taken before this time: the pause after an unexpected error.</summary>
    public DateTimeOffset? NotBefore { get; set; }

    public string? OutcomeType { get; set; }

    public string? Outcome { get; set; }

    public int Version { get; set; }
}

internal enum JobState
{
    Pending,
    Running,
    Finished,
    Cancelled,
}
