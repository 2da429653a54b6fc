namespace Canary.Ingress.Notifications.GitHub;

/// <summary>How a part of a release is, in the words that checks and deployments of GitHub have in common.</summary>
internal enum ReportedState
{
    Queued,
    InProgress,
    Success,
    Failure,

    /// <summary>It was cut short on purpose.</summary>
    Cancelled,

    /// <summary>It was not needed, or something newer took its place.</summary>
    Neutral,
}

/// <summary>A part of a release, as GitHub shows it.</summary>
/// <param name="Name"><c>build</c>, <c>package</c>, <c>canary</c> or <c>production</c>.</param>
/// <param name="State">How it is.</param>
/// <param name="Summary">One sentence, plain text.</param>
internal sealed record ReportedPart(string Name, ReportedState State, string Summary)
{
    /// <summary>What a person can do about it; <c>null</c>: nothing needs to be done.</summary>
    public string? Remedy { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>Differs exactly if something else is said.</summary>
    public string Key => $"{State}: {Summary}";

    public bool HasEnded => State is not (ReportedState.Queued or ReportedState.InProgress);
}
