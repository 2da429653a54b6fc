namespace Canary.Contracts.Releases;

/// <summary>
/// Command, by a person: bring a version to the hosts that was published before. It becomes a release of its own, which skips
/// the build and is never held.
/// </summary>
[Queue("ci-coordinator-deploy-release")]
public sealed record DeployRelease
{
    /// <summary>Id of the new release; a repeat of the command has the same.</summary>
    public required Guid ReleaseId { get; init; }

    /// <summary>The application.</summary>
    public required string Application { get; init; }

    /// <summary>The push that the version was built from.</summary>
    public required PushReceived Push { get; init; }

    /// <summary>What is deployed, for whom and why.</summary>
    public required Deployment Deployment { get; init; }

    /// <summary>Whether automatic deployments of the application are held from now on, until a person resumes them.</summary>
    public bool Holds { get; init; }
}

/// <summary>A deployment of a version that was published before.</summary>
public sealed record Deployment
{
    /// <summary>The release that built and published the version.</summary>
    public required Guid Of { get; init; }

    /// <summary>Its version.</summary>
    public required string Version { get; init; }

    /// <summary>Who asked for it.</summary>
    public required string By { get; init; }

    /// <summary>Why, in the person's words.</summary>
    public string? Reason { get; init; }

    /// <summary>Whether the canaries do not soak.</summary>
    public bool IsFast { get; init; }

    /// <summary>The completed release that this one undoes; <c>null</c>: none in particular.</summary>
    public Guid? Undoes { get; init; }
}
