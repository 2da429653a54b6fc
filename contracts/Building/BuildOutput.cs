namespace Canary.Contracts.Building;

/// <summary>The files of a build that its package shall hold: an archive that the repository publisher keeps.</summary>
public sealed record BuildOutput
{
    /// <summary>SHA-256 of the archive, 64 lower-case hexadecimal digits. Also its name at the publisher.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Size of the archive in bytes.</summary>
    public required long Size { get; init; }

    /// <summary>How many files and symbolic links it holds.</summary>
    public required int Files { get; init; }

    /// <summary>What the files take, in bytes.</summary>
    public required long ContentSize { get; init; }
}

/// <summary>Files that the scripts of a build left and its package does not hold.</summary>
public sealed record BuildLeftovers
{
    /// <summary>How many there are.</summary>
    public required int Files { get; init; }

    /// <summary>The directories that have the most of them, at most three, the largest first.</summary>
    public required IReadOnlyList<LeftDirectory> Directories { get; init; }
}

/// <summary>A directory that is not in the commit.</summary>
public sealed record LeftDirectory
{
    /// <summary>Path below the repository's root, for example <c>node_modules</c>.</summary>
    public required string Path { get; init; }

    /// <summary>How many files are in it.</summary>
    public required int Files { get; init; }
}
