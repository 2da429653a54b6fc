using Canary.RepositoryPublisher.Catalog;
using Canary.RepositoryPublisher.Sbom;
using Microsoft.EntityFrameworkCore;

namespace Canary.RepositoryPublisher.Pool;

/// <summary>What is in the pool's directory.</summary>
internal static class PoolFiles
{
    /// <summary>Files that belong to no package, as one that was published when the disk was full leaves. Only whoever holds the
    /// repository's lock is sure that nobody is about to publish them.</summary>
    public static async Task<IReadOnlyList<GarbageFile>> StrangersAsync(
        RepositoryLayout layout,
        RepositoryStore store,
        CancellationToken cancellationToken
    )
    {
        var pool = Path.Combine(layout.Public, "pool");
        if (!Directory.Exists(pool))
        {
            return [];
        }

        var packages = await store.Packages.Select(it => it.FileName).ToListAsync(cancellationToken);
        var known = packages.Concat(packages.Select(SbomWriter.FileNameOf)).ToHashSet();
        return
        [
            .. new DirectoryInfo(pool)
                .EnumerateFiles("*", SearchOption.AllDirectories)
                .Select(file => (Name: Path.GetRelativePath(layout.Public, file.FullName), file.Length))
                .Where(file => !known.Contains(file.Name))
                .OrderBy(file => file.Name, StringComparer.Ordinal)
                .Select(file => new GarbageFile { FileName = file.Name, Size = file.Length }),
        ];
    }
}
