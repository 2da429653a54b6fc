using Canary.Contracts;

namespace Canary.RepositoryPublisher.Catalog;

/// <summary>What the repository holds.</summary>
/// <param name="Packages">By name.</param>
/// <param name="Suites">The signed suites.</param>
/// <param name="Files">Files of the pool.</param>
/// <param name="Size">Bytes of all of them.</param>
internal sealed record CatalogList(
    IReadOnlyList<CatalogEntry> Packages,
    IReadOnlyList<string> Suites,
    int Files,
    long Size
);

/// <summary>A package, in all its versions.</summary>
internal sealed record CatalogEntry
{
    public required string Name { get; init; }

    /// <summary>The application that owns its name; <c>null</c>: nobody has published it since owners are kept.</summary>
    public string? Application { get; init; }

    /// <summary>How many the pool has.</summary>
    public required int Versions { get; init; }

    /// <summary>Bytes of all of its files.</summary>
    public required long Size { get; init; }

    /// <summary>What suites offer.</summary>
    public required IReadOnlyList<OfferedVersion> Offered { get; init; }
}

/// <summary>The version that a suite offers of a package, among those that it lists.</summary>
internal sealed record OfferedVersion(string Suite, string Version, int Listed);

/// <summary>A package with each of its files.</summary>
internal sealed record CatalogPackage(string Name, string? Application, IReadOnlyList<CatalogFile> Files);

/// <summary>A package file in the pool.</summary>
internal sealed record CatalogFile
{
    public required string Package { get; init; }

    public required string Version { get; init; }

    public required string Architecture { get; init; }

    /// <summary>Path below the repository's address.</summary>
    public required string FileName { get; init; }

    public required long Size { get; init; }

    public required string Sha256 { get; init; }

    public required DateTimeOffset PublishedAt { get; init; }

    public required IReadOnlyList<ListedIn> Suites { get; init; }

    /// <summary>Whether a host has it or may be rolled back to it.</summary>
    public required bool IsKept { get; init; }

    /// <summary>Its paragraph in an index.</summary>
    public required string Stanza { get; init; }

    /// <summary>Path of its bill of materials below the repository's address; <c>null</c>: it has none yet.</summary>
    public string? Sbom { get; init; }
}

/// <summary>A suite that lists a version.</summary>
/// <param name="Suite">Its name.</param>
/// <param name="IsOffered">Whether a plain upgrade goes to it.</param>
/// <param name="PhasedPercentage">The share of machines that this is for.</param>
internal sealed record ListedIn(string Suite, bool IsOffered, int PhasedPercentage);

/// <summary>A file of the repository, whose it is, and what signs the repository.</summary>
internal sealed record CatalogOrigin(string? Application, CatalogFile File, IReadOnlyList<string> Fingerprints);

/// <summary>What is not needed any more.</summary>
/// <param name="Files">The files.</param>
/// <param name="Size">Bytes of all of them.</param>
/// <param name="IsRemoved">Whether they are gone, or were only looked for.</param>
internal sealed record Garbage(IReadOnlyList<GarbageFile> Files, long Size, bool IsRemoved);

/// <summary>A file that is not needed any more.</summary>
internal sealed record GarbageFile
{
    /// <summary>Path below the repository's address.</summary>
    public required string FileName { get; init; }

    public required long Size { get; init; }

    /// <summary>Its package; <c>null</c>: the repository knows of none.</summary>
    public string? Package { get; init; }

    public string? Version { get; init; }

    /// <summary>Since when no suite lists it; <c>null</c>: none ever did.</summary>
    public DateTimeOffset? UnlistedSince { get; init; }
}

/// <summary>What a look at every signature, index and file found.</summary>
/// <param name="Suites">Suites that were looked at.</param>
/// <param name="Indexes">Indexes that were read.</param>
/// <param name="Files">Files of the pool.</param>
/// <param name="Size">Bytes that were read of them.</param>
/// <param name="Faults">The first of what is wrong.</param>
/// <param name="FaultCount">How much is wrong.</param>
internal sealed record Verification(
    int Suites,
    int Indexes,
    int Files,
    long Size,
    IReadOnlyList<Failure> Faults,
    int FaultCount
);

/// <summary>The signing keys.</summary>
/// <param name="Keys">The key that hosts are set up with, and the one that takes its place.</param>
/// <param name="RetirableFrom">When the older of two can go; <c>null</c>: there is one.</param>
internal sealed record KeyList(IReadOnlyList<KeyView> Keys, DateTimeOffset? RetirableFrom);

/// <summary>A signing key.</summary>
internal sealed record KeyView
{
    public required string Fingerprint { get; init; }

    /// <summary><c>ed25519</c> or <c>rsa4096</c>.</summary>
    public required string Algorithm { get; init; }

    /// <summary><c>current</c>, or <c>next</c> while it takes the place of the other.</summary>
    public required string Role { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When hosts stop believing it; <c>null</c>: never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }
}
