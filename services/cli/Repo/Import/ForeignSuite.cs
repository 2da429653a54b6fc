namespace Canary.Cli.Repo.Import;

/// <summary>A suite of another repository.</summary>
/// <param name="Name">Its directory below <c>dists</c>.</param>
/// <param name="Fingerprints">Keys whose signatures were verified.</param>
/// <param name="Packages">What its indexes list, each file once.</param>
internal sealed record ForeignSuite(
    string Name,
    IReadOnlyList<string> Fingerprints,
    IReadOnlyList<ForeignPackage> Packages
);

/// <summary>A package file of another repository, as its index has it.</summary>
internal sealed record ForeignPackage
{
    public required string Name { get; init; }

    public required string Version { get; init; }

    public required string Architecture { get; init; }

    /// <summary>Where it is on this machine.</summary>
    public required string Path { get; init; }

    public required long Size { get; init; }

    public required string Sha256 { get; init; }
}
