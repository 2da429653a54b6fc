using Canary.Contracts.Packaging;
using Canary.Contracts.Publishing;
using Canary.Failures;
using Canary.RepositoryPublisher.Catalog;
using Canary.RepositoryPublisher.Names;
using Canary.RepositoryPublisher.Packages;
using Canary.RepositoryPublisher.Sbom;
using Canary.RepositoryPublisher.Uploads;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Canary.RepositoryPublisher.Pool;

/// <summary>The package files that suites can list.</summary>
internal sealed class PackagePool(
    RepositoryLayout layout,
    PackageUploads uploads,
    PackageAdmission admission,
    HostReading reading,
    NameOwnership names,
    RepositoryWriteLock writeLock,
    IOptions<RepositoryPublisherOptions> options,
    TimeProvider time,
    IServiceScopeFactory scopes
)
{
    /// <summary>Takes an uploaded package in, for the application that owns its name. One that the pool has already
    /// stays as if it had come now.</summary>
    /// <exception cref="CanaryException">It was not uploaded, is not what the reference says, its name belongs to another
    /// application, or its name and version to another file.</exception>
    public async Task TakeInAsync(
        Publication publication,
        PackageReference reference,
        CancellationToken cancellationToken
    )
    {
        var arrived = await ReadAsync(reference.Sha256, cancellationToken);
        if (arrived is not null)
        {
            CheckIdentity(arrived.Pooled, reference);
        }

        await using var held = await writeLock.AcquireAsync(cancellationToken);
        await using var scope = scopes.CreateAsyncScope();
        var store = scope.ServiceProvider.GetRequiredService<RepositoryStore>();

        var known = await store.Packages.SingleOrDefaultAsync(it => it.Sha256 == reference.Sha256, cancellationToken);
        if (known is null)
        {
            var (upload, package, arriving) = arrived ?? throw NotUploaded(reference);
            await names.ClaimAsync(store, publication, package, cancellationToken);
            await CheckFreeAsync(store, arriving, cancellationToken);
            await held.ConfirmAsync();
            MoveIn(upload, Path.Combine(layout.Public, arriving.FileName));
            store.Packages.Add(arriving);
        }
        else
        {
            CheckIdentity(known, reference);
            // It is about to be listed: its time begins anew.
            known.UnlistedSince = null;
            await names.ClaimAsync(store, publication, known.Name, cancellationToken);
            await held.ConfirmAsync();
            if (arrived is not null && !IsThere(known))
            {
                MoveIn(arrived.Upload, Path.Combine(layout.Public, known.FileName));
            }
        }

        names.LogChanges(store);
        await store.SaveChangesAsync(cancellationToken);
        uploads.Remove(reference.Sha256);
    }

    /// <summary>Reads an uploaded package, and says what <see cref="TakeInAsync"/> would refuse for this application. Claims nothing.</summary>
    /// <exception cref="CanaryException">It was not uploaded, or cannot be taken in.</exception>
    public async Task<PackageReference> InspectAsync(
        Publication publication,
        string sha256,
        CancellationToken cancellationToken
    )
    {
        var arrived = await ReadAsync(sha256, cancellationToken);
        await using var scope = scopes.CreateAsyncScope();
        var store = scope.ServiceProvider.GetRequiredService<RepositoryStore>();
        var known = await store.Packages.SingleOrDefaultAsync(it => it.Sha256 == sha256, cancellationToken);
        if (known is not null)
        {
            await names.ClaimAsync(store, publication, known.Name, cancellationToken);
            return ReferenceOf(known);
        }

        var (_, package, arriving) = arrived ?? throw NotUploaded($"file with SHA-256 {sha256}");
        await names.ClaimAsync(store, publication, package, cancellationToken);
        await CheckFreeAsync(store, arriving, cancellationToken);
        return ReferenceOf(arriving);
    }

    /// <summary>Whether the pool has a package file.</summary>
    /// <exception cref="CanaryException">It has another one in its place, or has no place for it.</exception>
    public async Task<bool> HasAsync(RepositoryStore store, PoolPackage package, CancellationToken cancellationToken)
    {
        CheckArchitecture(package);
        var known = await store
            .Packages.AsNoTracking()
            .SingleOrDefaultAsync(it => it.Sha256 == package.Sha256, cancellationToken);
        if (known is null)
        {
            await CheckFreeAsync(store, package, cancellationToken);
            return false;
        }

        CheckIdentity(known, ReferenceOf(package));
        return IsThere(known);
    }

    /// <summary>Whether the pool has a package file of these bytes, so that nobody has to bring it.</summary>
    public async Task<bool> HasAsync(RepositoryStore store, string sha256, CancellationToken cancellationToken) =>
        await store.Packages.AsNoTracking().SingleOrDefaultAsync(it => it.Sha256 == sha256, cancellationToken)
            is { } known
        && IsThere(known);

    /// <summary>Keeps what hosts of an application need, whatever the suites list.</summary>
    /// <returns>Those of the versions that the pool has not got.</returns>
    public async Task<IReadOnlyList<ListedVersion>> KeepAsync(KeepVersions command, CancellationToken cancellationToken)
    {
        await using var held = await writeLock.AcquireAsync(cancellationToken);
        await using var scope = scopes.CreateAsyncScope();
        var store = scope.ServiceProvider.GetRequiredService<RepositoryStore>();

        var kept = await store.Kept.FindAsync([command.Application], cancellationToken);
        if (kept is null)
        {
            kept = new KeptVersions { Application = command.Application };
            store.Kept.Add(kept);
        }

        kept.Apply(command.Number, command.Versions);
        await held.ConfirmAsync();
        await store.SaveChangesAsync(cancellationToken);

        var names = command.Versions.Select(it => it.Package).Distinct().ToList();
        var published = await store
            .Packages.Where(it => names.Contains(it.Name))
            .Select(it => new ListedVersion(it.Name, it.Version))
            .ToListAsync(cancellationToken);
        return [.. command.Versions.Except(published)];
    }

    /// <summary>Removes packages that no suite has listed for long and no host needs.</summary>
    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        await using var held = await writeLock.AcquireAsync(cancellationToken);
        await using var scope = scopes.CreateAsyncScope();
        var store = scope.ServiceProvider.GetRequiredService<RepositoryStore>();
        await NoteUnlistedAsync(store, cancellationToken);
        await RemoveAsync(store, await LapsedAsync(store, cancellationToken), cancellationToken);
    }

    /// <summary>Finds what is not needed any more: what <see cref="SweepAsync"/> removes, and files that belong to no package.</summary>
    /// <param name="removes">Whether it is removed as well.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<Garbage> CollectAsync(bool removes, CancellationToken cancellationToken)
    {
        await using var held = await writeLock.AcquireAsync(cancellationToken);
        await using var scope = scopes.CreateAsyncScope();
        var store = scope.ServiceProvider.GetRequiredService<RepositoryStore>();
        await NoteUnlistedAsync(store, cancellationToken);
        var lapsed = await LapsedAsync(store, cancellationToken);
        var strangers = await PoolFiles.StrangersAsync(layout, store, cancellationToken);
        if (removes)
        {
            await held.ConfirmAsync();
            await RemoveAsync(store, lapsed, cancellationToken);
            foreach (var stranger in strangers)
            {
                File.Delete(Path.Combine(layout.Public, stranger.FileName));
            }
        }

        IReadOnlyList<GarbageFile> files =
        [
            .. lapsed
                .OrderBy(it => it.FileName, StringComparer.Ordinal)
                .Select(it => new GarbageFile
                {
                    FileName = it.FileName,
                    Size = it.Size,
                    Package = it.Name,
                    Version = it.Version,
                    UnlistedSince = it.UnlistedSince,
                }),
            .. strangers,
        ];
        return new Garbage(files, files.Sum(file => file.Size), removes);
    }

    /// <summary>A disk may have lost it.</summary>
    private bool IsThere(PoolPackage package) => File.Exists(Path.Combine(layout.Public, package.FileName));

    private async Task NoteUnlistedAsync(RepositoryStore store, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await store
            .Packages.Where(it => it.UnlistedSince != null && store.Entries.Any(entry => entry.PackageId == it.Id))
            .ExecuteUpdateAsync(
                set => set.SetProperty(it => it.UnlistedSince, (DateTimeOffset?)null),
                cancellationToken
            );
        await Unlisted(store)
            .Where(it => it.UnlistedSince == null)
            .ExecuteUpdateAsync(set => set.SetProperty(it => it.UnlistedSince, now), cancellationToken);
    }

    /// <summary>Packages that no suite has listed for long and no host needs.</summary>
    private async Task<IReadOnlyList<PoolPackage>> LapsedAsync(
        RepositoryStore store,
        CancellationToken cancellationToken
    )
    {
        var oldest = time.GetUtcNow() - options.Value.PoolRetention;
        var needed = (await store.Kept.ToListAsync(cancellationToken)).SelectMany(it => it.Versions).ToHashSet();
        return
        [
            .. (await Unlisted(store).Where(it => it.UnlistedSince < oldest).ToListAsync(cancellationToken)).Where(it =>
                !needed.Contains(new ListedVersion(it.Name, it.Version))
            ),
        ];
    }

    private static IQueryable<PoolPackage> Unlisted(RepositoryStore store) =>
        store.Packages.Where(it => !store.Entries.Any(entry => entry.PackageId == it.Id));

    private async Task RemoveAsync(
        RepositoryStore store,
        IReadOnlyList<PoolPackage> packages,
        CancellationToken cancellationToken
    )
    {
        store.Packages.RemoveRange(packages);
        await store.SaveChangesAsync(cancellationToken);
        foreach (var package in packages)
        {
            File.Delete(Path.Combine(layout.Public, package.FileName));
            File.Delete(Path.Combine(layout.Public, SbomWriter.FileNameOf(package.FileName)));
        }
    }

    /// <summary>Reads an upload as hosts will, before anybody has to wait for it.</summary>
    /// <returns><c>null</c>: there is none.</returns>
    private async Task<Arrival?> ReadAsync(string sha256, CancellationToken cancellationToken)
    {
        if (uploads.Find(sha256) is not { } upload || TryRead(upload) is not { } package)
        {
            return null;
        }

        var arriving = PoolPackage.From(package, sha256, upload.Length, time.GetUtcNow());
        CheckArchitecture(arriving);
        admission.Check(package);
        await reading.CheckAsync(package, arriving.Stanza, cancellationToken);
        return new Arrival(upload.FullName, package, arriving);
    }

    /// <returns><c>null</c>: a repeat of the same message has just taken it in.</returns>
    private static DebFile? TryRead(FileInfo upload)
    {
        try
        {
            return DebFile.Read(upload.FullName);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    private static PackageReference ReferenceOf(PoolPackage package) =>
        new()
        {
            Name = package.Name,
            Version = package.Version,
            Architecture = package.Architecture,
            Sha256 = package.Sha256,
            Size = package.Size,
        };

    private static CanaryException NotUploaded(PackageReference reference) =>
        NotUploaded($"package {reference.Name} {reference.Version} with SHA-256 {reference.Sha256}");

    private static CanaryException NotUploaded(string what) =>
        new(
            RepositoryPublisherCodes.PackageNotUploaded,
            $"The {what} was not uploaded.",
            $"Upload it again: canary deploy APP FILE.deb; or, if it was built here, {Remedies.ReleaseAgain}."
        );

    private static void CheckIdentity(PoolPackage package, PackageReference reference)
    {
        if (
            (package.Name, package.Version, package.Architecture, package.Size)
            != (reference.Name, reference.Version, reference.Architecture, reference.Size)
        )
        {
            throw new CanaryException(
                RepositoryPublisherCodes.PackageMismatch,
                $"The uploaded file is {package.Name} {package.Version} {package.Architecture} ({package.Size} bytes), but "
                    + $"was announced as {reference.Name} {reference.Version} {reference.Architecture} "
                    + $"({reference.Size} bytes).",
                "Announce a package as its own control file names it ('dpkg-deb --info FILE')."
            );
        }
    }

    private static async Task CheckFreeAsync(
        RepositoryStore store,
        PoolPackage package,
        CancellationToken cancellationToken
    )
    {
        var taken = await store.Packages.SingleOrDefaultAsync(it => it.FileName == package.FileName, cancellationToken);
        if (taken is not null)
        {
            throw new CanaryException(
                RepositoryPublisherCodes.VersionTaken,
                $"The repository already has {taken.Name} {taken.Version} {taken.Architecture} with other contents "
                    + $"(SHA-256 {taken.Sha256}; the new file has {package.Sha256}).",
                "A published version never changes. Give the new contents a new version: make a new commit, or have the "
                    + "build produce the same bytes for the same commit."
            );
        }
    }

    private void CheckArchitecture(PoolPackage package)
    {
        if (!options.Value.EffectiveArchitectures.Contains(package.Architecture))
        {
            throw new CanaryException(
                RepositoryPublisherCodes.ArchitectureUnknown,
                $"The repository has no index for the architecture {package.Architecture} of {package.Name} "
                    + $"{package.Version}.",
                $"Add '{package.Architecture}' to the option 'repository-publisher: architectures', which now holds "
                    + $"{string.Join(", ", options.Value.EffectiveArchitectures)}."
            );
        }
    }

    /// <summary>The upload keeps its name until the store knows the package: if we die in between, a repeat finds
    /// it.</summary>
    private static void MoveIn(string upload, string path)
    {
        var directory = Path.GetDirectoryName(path)!;
        var part = $"{path}{PublicFile.PartSuffix}";
        Directory.CreateDirectory(directory);
        File.Delete(part);
        Posix.Link(upload, part);
        Posix.Rename(part, path);
        // Renaming one name of a file over another name of the same file leaves both.
        File.Delete(part);
        Posix.Flush(directory);
    }

    private sealed record Arrival(string Upload, DebFile Package, PoolPackage Pooled);
}
