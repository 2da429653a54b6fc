using Canary.Contracts.Building;
using Canary.Contracts.Deploying;

namespace Canary.Contracts.Packaging;

/// <summary>Command: make a Debian package of one commit and upload it. Answered by <see cref="PackageBuilt"/> or
/// <see cref="PackagingFailed"/>.</summary>
[Queue("packager-build-package")]
public sealed record BuildPackage
{
    /// <summary>Id of the job, the same for every repeat of this command.</summary>
    public required Guid JobId { get; init; }

    /// <summary>The release that the package is for.</summary>
    public required Guid ReleaseId { get; init; }

    /// <summary>The application.</summary>
    public required string Application { get; init; }

    /// <summary>What to package.</summary>
    public required SourceReference Source { get; init; }

    /// <summary>What its build made for the package besides; <c>null</c>: nothing.</summary>
    public BuildOutput? Output { get; init; }
}

/// <summary>Command: stop a packaging job; one that has ended stays as it is.</summary>
[Queue("packager-cancel-package")]
public sealed record CancelPackage
{
    /// <summary>The job to stop.</summary>
    public required Guid JobId { get; init; }
}

/// <summary>A Debian package file that the publisher holds.</summary>
public sealed record PackageReference
{
    /// <summary>Package name, as in <c>Package:</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Package version, as in <c>Version:</c>.</summary>
    public required string Version { get; init; }

    /// <summary>Architecture, for example <c>all</c> or <c>amd64</c>.</summary>
    public required string Architecture { get; init; }

    /// <summary>SHA-256 of the file, 64 lower-case hexadecimal digits. Also its name at the publisher.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Size of the file in bytes.</summary>
    public required long Size { get; init; }
}

/// <summary>Event: the package is built and the publisher holds its bytes.</summary>
public sealed record PackageBuilt : IApplicationEvent
{
    /// <summary>The release.</summary>
    public required Guid ReleaseId { get; init; }

    /// <summary>The application.</summary>
    public required string Application { get; init; }

    /// <summary>The job.</summary>
    public required Guid JobId { get; init; }

    /// <summary>The package.</summary>
    public required PackageReference Package { get; init; }

    /// <summary>How the commit's own metadata wants to be deployed.</summary>
    public required DeploymentPlan Plan { get; init; }

    /// <summary>What came of installing it before it is published, for people; <c>null</c>: that is not done here.</summary>
    public string? Rehearsal { get; init; }
}

/// <summary>Event: no package could be made.</summary>
public sealed record PackagingFailed : IApplicationEvent
{
    /// <summary>The release.</summary>
    public required Guid ReleaseId { get; init; }

    /// <summary>The application.</summary>
    public required string Application { get; init; }

    /// <summary>The job.</summary>
    public required Guid JobId { get; init; }

    /// <summary>Why.</summary>
    public required Failure Failure { get; init; }
}
