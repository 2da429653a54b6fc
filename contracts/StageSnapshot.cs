namespace Canary.Contracts;

/// <summary>One stage of a release or rollout, with its times.</summary>
public sealed record StageSnapshot
{
    /// <summary>Name: <c>build</c>, <c>package</c>, <c>publish</c>, <c>preflight</c>, <c>canary</c>, <c>soak</c>,
    /// <c>promotion</c>, <c>wave-1</c>, <c>wave-2</c> …, <c>rollback</c>.</summary>
    public required string Name { get; init; }

    /// <summary>How far the stage is.</summary>
    public required StageState State { get; init; }

    /// <summary>When the stage started, UTC; <c>null</c> while it is pending.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When the stage ended, UTC; <c>null</c> until then.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>How many times the stage was dispatched; 1 when nothing went wrong.</summary>
    public int Attempts { get; init; }

    /// <summary>Short text for people, for example <c>2 of 3 hosts</c>.</summary>
    public string? Detail { get; init; }
}

/// <summary>How far a stage is.</summary>
public enum StageState
{
    /// <summary>Not started.</summary>
    Pending,

    /// <summary>At work.</summary>
    Running,

    /// <summary>Waits for a person or for another release.</summary>
    Waiting,

    /// <summary>Ended well.</summary>
    Succeeded,

    /// <summary>Ended badly.</summary>
    Failed,

    /// <summary>Was not needed, or was cut short on purpose.</summary>
    Skipped,
}
