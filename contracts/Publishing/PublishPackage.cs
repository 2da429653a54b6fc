using Canary.Contracts.Packaging;

namespace Canary.Contracts.Publishing;

/// <summary>Command: take an uploaded package into the repository's pool. No suite lists it yet. Idempotent. Answered by
/// <see cref="PackagePublished"/> or <see cref="PublishingFailed"/>.</summary>
[Queue("repository-publisher-publish-package")]
public sealed record PublishPackage
{
    /// <summary>The release.</summary>
    public required Guid ReleaseId { get; init; }

    /// <summary>The application.</summary>
    public required string Application { get; init; }

    /// <summary>The package.</summary>
    public required PackageReference Package { get; init; }

    /// <summary>The repository that the package was made from, as <see cref="SourceReference.Repository"/>; <c>null</c>: who
    /// asks does not say yet.</summary>
    public string? Repository { get; init; }

    /// <summary>Whether the configuration gives the application to this repository by name, so that it takes the place of the
    /// one that had the application.</summary>
    public bool IsApplicationConfigured { get; init; }
}

/// <summary>Event: the package is in the pool.</summary>
public sealed record PackagePublished : IApplicationEvent
{
    /// <summary>The release.</summary>
    public required Guid ReleaseId { get; init; }

    /// <summary>The application.</summary>
    public required string Application { get; init; }

    /// <summary>The package.</summary>
    public required PackageReference Package { get; init; }
}

/// <summary>Event: the package could not be taken into the pool.</summary>
public sealed record PublishingFailed : IApplicationEvent
{
    /// <summary>The release.</summary>
    public required Guid ReleaseId { get; init; }

    /// <summary>The application.</summary>
    public required string Application { get; init; }

    /// <summary>Why.</summary>
    public required Failure Failure { get; init; }
}
