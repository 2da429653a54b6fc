namespace Canary.Contracts.Releases;

/// <summary>Command, by a person: what pushes lead to is built and published, and then waits until deployments are resumed.
/// What a person deploys is not held.</summary>
[Queue("ci-coordinator-hold-application")]
public sealed record HoldApplication
{
    /// <summary>The application.</summary>
    public required string Application { get; init; }

    /// <summary>Who decided.</summary>
    public required string By { get; init; }

    /// <summary>Why, in the person's words.</summary>
    public string? Reason { get; init; }
}

/// <summary>Command, by a person: automatic deployments go on; the newest release that waits is rolled out.</summary>
[Queue("ci-coordinator-resume-application")]
public sealed record ResumeApplication
{
    /// <summary>The application.</summary>
    public required string Application { get; init; }

    /// <summary>Who decided.</summary>
    public required string By { get; init; }
}

/// <summary>Event, by ci-coordinator: whether automatic deployments of the application are held. A subscriber keeps the highest
/// revision.</summary>
public sealed record ApplicationHoldChanged : IApplicationEvent
{
    /// <summary>The application.</summary>
    public required string Application { get; init; }

    /// <summary>Counts up with every change, from 1.</summary>
    public required int Revision { get; init; }

    /// <summary>The hold; <c>null</c>: deployments are automatic.</summary>
    public Hold? Hold { get; init; }
}

/// <summary>Who holds the automatic deployments of an application, and why.</summary>
public sealed record Hold
{
    /// <summary>Who decided.</summary>
    public required string By { get; init; }

    /// <summary>Why.</summary>
    public string? Reason { get; init; }

    /// <summary>Since when, UTC; for people to read.</summary>
    public required DateTimeOffset Since { get; init; }
}
