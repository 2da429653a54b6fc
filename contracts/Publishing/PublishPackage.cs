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
