using Canary.Contracts.Publishing;
using Canary.RepositoryPublisher.Packages;
using Canary.RepositoryPublisher.Pool;
using Canary.RepositoryPublisher.Sbom;
using Canary.RepositoryPublisher.Suites;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Canary.RepositoryPublisher.Catalog;

/// <summary>Says what the repository holds.</summary>
internal sealed class PackageCatalog(
    RepositoryStore store,
    RepositoryLayout layout,
    IOptions<RepositoryPublisherOptions> options
)
{
    /// <param name="suite">Only packages that it lists; <c>null</c>: all.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<CatalogList> ListAsync(string? suite, CancellationToken cancellationToken)
    {
        var sizes = await store
            .Packages.GroupBy(it => new { it.Name, it.Version })
            .Select(it => new
            {
                it.Key.Name,
                it.Key.Version,
                Files = it.Count(),
                Size = it.Sum(file => file.Size),
            })
            .ToListAsync(cancellationToken);
        var listed = (
            await store
                .Entries.Select(it => new
                {
                    it.Suite,
                    it.Package.Name,
                    it.Package.Version,
                })
                .Distinct()
                .ToListAsync(cancellationToken)
        ).ToLookup(it => it.Name);
        var owners = await OwnersAsync(cancellationToken);
        var packages = sizes
            .GroupBy(it => it.Name)
            .OrderBy(it => it.Key, StringComparer.Ordinal)
            .Select(package => new CatalogEntry
            {
                Name = package.Key,
                Application = owners.GetValueOrDefault(package.Key),
                Versions = package.Count(),
                Size = package.Sum(it => it.Size),
                Offered =
                [
                    .. listed[package.Key]
                        .GroupBy(it => it.Suite)
                        .OrderBy(it => it.Key, StringComparer.Ordinal)
                        .Select(it => new OfferedVersion(
                            it.Key,
                            $"{it.Max(entry => DebianVersion.Parse(entry.Version))}",
                            it.Count()
                        )),
                ],
            })
            .Where(package => suite is null || package.Offered.Any(it => it.Suite == suite))
            .ToList();
        return new CatalogList(
            packages,
            options.Value.EffectiveSuites,
            sizes.Sum(it => it.Files),
            sizes.Sum(it => it.Size)
        );
    }

    /// <returns><c>null</c>: the pool has none.</returns>
    public async Task<CatalogPackage?> FindAsync(string name, string? version, CancellationToken cancellationToken)
    {
        var files = await store
            .Packages.AsNoTracking()
            .Where(it => it.Name == name && (version == null || it.Version == version))
            .ToListAsync(cancellationToken);
        return files.Count == 0
            ? null
            : new CatalogPackage(
                name,
                (await OwnersAsync(cancellationToken)).GetValueOrDefault(name),
                await DescribeAsync(name, files, cancellationToken)
            );
    }

    /// <returns><c>null</c>: the pool has none with this checksum.</returns>
    public async Task<(string? Application, CatalogFile File)?> FindFileAsync(
        string sha256,
        CancellationToken cancellationToken
    )
    {
        var file = await store
            .Packages.AsNoTracking()
            .SingleOrDefaultAsync(it => it.Sha256 == sha256, cancellationToken);
        if (file is null)
        {
            return null;
        }

        var described = await DescribeAsync(file.Name, [file], cancellationToken);
        return ((await OwnersAsync(cancellationToken)).GetValueOrDefault(file.Name), described[0]);
    }

    private async Task<IReadOnlyList<CatalogFile>> DescribeAsync(
        string name,
        IReadOnlyList<PoolPackage> files,
        CancellationToken cancellationToken
    )
    {
        var ids = store.Packages.Where(it => it.Name == name).Select(it => it.Id);
        var entries = await store
            .Entries.AsNoTracking()
            .Include(it => it.Package)
            .Where(it => ids.Contains(it.PackageId))
            .ToListAsync(cancellationToken);
        var offered = entries
            .GroupBy(it => it.Suite)
            .ToDictionary(it => it.Key, it => new PackageListing(it.Key, it).Current);
        var kept = (await store.Kept.AsNoTracking().ToListAsync(cancellationToken))
            .SelectMany(it => it.Versions)
            .ToHashSet();
        return
        [
            .. files
                .OrderByDescending(file => DebianVersion.Parse(file.Version))
                .ThenBy(file => file.Architecture, StringComparer.Ordinal)
                .Select(file => new CatalogFile
                {
                    Package = file.Name,
                    Version = file.Version,
                    Architecture = file.Architecture,
                    FileName = file.FileName,
                    Size = file.Size,
                    Sha256 = file.Sha256,
                    PublishedAt = file.PublishedAt,
                    IsKept = kept.Contains(new ListedVersion(file.Name, file.Version)),
                    Stanza = file.Stanza,
                    Sbom = SbomOf(file),
                    Suites =
                    [
                        .. entries
                            .Where(entry => entry.PackageId == file.Id)
                            .OrderBy(entry => entry.Suite, StringComparer.Ordinal)
                            .Select(entry => new ListedIn(
                                entry.Suite,
                                offered[entry.Suite] == file.Version,
                                entry.PhasedPercentage
                            )),
                    ],
                }),
        ];
    }

    private string? SbomOf(PoolPackage file)
    {
        var name = SbomWriter.FileNameOf(file.FileName);
        return File.Exists(Path.Combine(layout.Public, name)) ? name : null;
    }

    private async Task<Dictionary<string, string>> OwnersAsync(CancellationToken cancellationToken)
    {
        var owners = await store
            .Names.Where(it => it.Application != null)
            .ToDictionaryAsync(it => it.Name, it => it.Application!, cancellationToken);
        foreach (var (name, application) in options.Value.Admission.Owners)
        {
            owners[name] = application;
        }

        return owners;
    }
}
