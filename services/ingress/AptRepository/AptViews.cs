using System.Text.Json.Serialization;
using Canary.Contracts;

namespace Canary.Ingress.AptRepository;

/// <summary>What the package repository holds.</summary>
internal sealed record PackageList
{
    /// <summary>By name.</summary>
    public required IReadOnlyList<ListedPackage> Packages { get; init; }

    /// <summary>The signed suites.</summary>
    public required IReadOnlyList<string> Suites { get; init; }

    /// <summary>How many files the pool has.</summary>
    public required int Files { get; init; }

    /// <summary>Bytes of all of them.</summary>
    public required long Size { get; init; }
}

/// <summary>A package, in all its versions.</summary>
internal sealed record ListedPackage
{
    public required string Name { get; init; }

    /// <summary>The application that owns its name; <c>null</c>: nobody has published it since owners are kept.</summary>
    public string? Application { get; init; }

    /// <summary>How many versions the pool has.</summary>
    public required int Versions { get; init; }

    /// <summary>Bytes of all of its files.</summary>
    public required long Size { get; init; }

    /// <summary>What suites offer of it.</summary>
    public required IReadOnlyList<SuiteOffer> Offered { get; init; }
}

/// <summary>The version that a suite offers.</summary>
internal sealed record SuiteOffer
{
    public required string Suite { get; init; }

    public required string Version { get; init; }

    /// <summary>How many versions the suite lists, this one included.</summary>
    public required int Listed { get; init; }
}

/// <summary>A package with each of its files, newest first.</summary>
internal sealed record PackageDetails
{
    public required string Name { get; init; }

    /// <summary>The application that owns its name.</summary>
    public string? Application { get; init; }

    public required IReadOnlyList<PackageFile> Files { get; init; }
}

/// <summary>A package file in the pool.</summary>
internal sealed record PackageFile
{
    public required string Package { get; init; }

    public required string Version { get; init; }

    public required string Architecture { get; init; }

    /// <summary>Path below the repository's address.</summary>
    public required string FileName { get; init; }

    /// <summary>In bytes.</summary>
    public required long Size { get; init; }

    public required string Sha256 { get; init; }

    /// <summary>When it was published, UTC.</summary>
    public required DateTimeOffset PublishedAt { get; init; }

    /// <summary>The suites that list it.</summary>
    public required IReadOnlyList<SuiteListing> Suites { get; init; }

    /// <summary>Whether a host has it or may be rolled back to it: it stays in the pool then, whatever suites list.</summary>
    public required bool IsKept { get; init; }

    /// <summary>Its paragraph in an index.</summary>
    public required string Stanza { get; init; }

    /// <summary>Path of its bill of materials (SPDX 2.3) below the repository's address; <c>null</c>: it has none yet.</summary>
    public string? Sbom { get; init; }

    /// <summary>The release that published it; <c>null</c>: nobody knows of one.</summary>
    public Guid? ReleaseId { get; init; }

    /// <summary>Repository that its commit is of.</summary>
    public string? Repository { get; init; }

    /// <summary>The commit that it was made of.</summary>
    public string? Commit { get; init; }

    /// <summary>Who uploaded it, where it was built elsewhere; <c>null</c>: it was made of a commit.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? UploadedBy { get; init; }

    /// <summary>When it was uploaded, UTC.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? UploadedAt { get; init; }

    /// <summary>Hosts that have it, as far as dpkg last said.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];
}

/// <summary>A suite that lists a version.</summary>
internal sealed record SuiteListing
{
    public required string Suite { get; init; }

    /// <summary>Whether a plain upgrade goes to it.</summary>
    public required bool IsOffered { get; init; }

    /// <summary>The share of machines that this is for, 0 to 100.</summary>
    public required int PhasedPercentage { get; init; }
}

/// <summary>Where a package file comes from.</summary>
internal sealed record PackageOrigin
{
    /// <summary>The application that owns its name.</summary>
    public string? Application { get; init; }

    public required PackageFile File { get; init; }

    /// <summary>Fingerprints of the keys that sign the repository.</summary>
    public required IReadOnlyList<string> Fingerprints { get; init; }
}

/// <summary>What the repository does not need any more.</summary>
internal sealed record UnneededFiles
{
    public required IReadOnlyList<UnneededFile> Files { get; init; }

    /// <summary>Bytes of all of them.</summary>
    public required long Size { get; init; }

    /// <summary>Whether they are gone, or were only looked for.</summary>
    public required bool IsRemoved { get; init; }
}

/// <summary>A file that the repository does not need any more.</summary>
internal sealed record UnneededFile
{
    /// <summary>Path below the repository's address.</summary>
    public required string FileName { get; init; }

    /// <summary>In bytes.</summary>
    public required long Size { get; init; }

    /// <summary>Its package; <c>null</c>: the repository knows of none.</summary>
    public string? Package { get; init; }

    public string? Version { get; init; }

    /// <summary>Since when no suite lists it, UTC.</summary>
    public DateTimeOffset? UnlistedSince { get; init; }
}

/// <summary>What a look at every signature, index and file of the repository found.</summary>
internal sealed record RepositoryVerification
{
    public required int Suites { get; init; }

    public required int Indexes { get; init; }

    /// <summary>Files of the pool.</summary>
    public required int Files { get; init; }

    /// <summary>Bytes that were read of them.</summary>
    public required long Size { get; init; }

    /// <summary>What is wrong, the first thousand.</summary>
    public required IReadOnlyList<Failure> Faults { get; init; }

    /// <summary>How much is wrong.</summary>
    public required int FaultCount { get; init; }
}

/// <summary>The keys that sign the repository.</summary>
internal sealed record SigningKeyList
{
    /// <summary>The key that hosts are set up with, then the one that takes its place.</summary>
    public required IReadOnlyList<SigningKey> Keys { get; init; }

    /// <summary>When the older of two can go, UTC; <c>null</c>: there is one.</summary>
    public DateTimeOffset? RetirableFrom { get; init; }
}

/// <summary>A key that signs the repository.</summary>
internal sealed record SigningKey
{
    public required string Fingerprint { get; init; }

    /// <summary><c>ed25519</c> or <c>rsa4096</c>.</summary>
    public required string Algorithm { get; init; }

    /// <summary><c>current</c>, or <c>next</c> while it takes the place of the other.</summary>
    public required string Role { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When hosts stop believing it, UTC; <c>null</c>: never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }
}
