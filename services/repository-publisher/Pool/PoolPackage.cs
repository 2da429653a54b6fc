using Canary.RepositoryPublisher.Packages;

namespace Canary.RepositoryPublisher.Pool;

/// <summary>A package file in the pool.</summary>
internal sealed class PoolPackage
{
    public long Id { get; init; }

    public required string Name { get; init; }

    public required string Version { get; init; }

    public required string Architecture { get; init; }

    /// <summary>Path below the repository's address, as clients ask for it.</summary>
    public required string FileName { get; init; }

    public required string Sha256 { get; init; }

    public required long Size { get; init; }

    /// <summary>Its paragraph in an index, ready but for the field that depends on the suite.</summary>
    public required string Stanza { get; init; }

    public required DateTimeOffset PublishedAt { get; init; }

    /// <summary>Since when no suite has listed it; <c>null</c>: one does, or maintenance has not looked yet.</summary>
    public DateTimeOffset? UnlistedSince { get; set; }

    public static PoolPackage From(DebFile package, string sha256, long size, DateTimeOffset now)
    {
        var fileName = RepositoryLayout.PoolPathOf(package);
        return new PoolPackage
        {
            Name = package.Name,
            Version = package.Version.ToString(),
            Architecture = package.Architecture,
            FileName = fileName,
            Sha256 = sha256,
            Size = size,
            Stanza = $"{package.Control}Filename: {fileName}\nSize: {size}\nSHA256: {sha256}\n",
            PublishedAt = now,
        };
    }
}
