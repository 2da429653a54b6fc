using Canary.Failures;
using Canary.RepositoryPublisher.Packages;
using Canary.RepositoryPublisher.Packages.Archives;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Canary.RepositoryPublisher.Sbom;

/// <summary>Puts a bill of materials beside each package of the pool. No release waits for it: it follows with the next
/// maintenance.</summary>
internal sealed class SbomWriter(
    RepositoryLayout layout,
    IOptions<RepositoryPublisherOptions> options,
    IServiceScopeFactory scopes,
    ILogger<SbomWriter> logger
)
{
    private const string Suffix = ".spdx.json";

    private readonly HashSet<string> _unreadable = [];

    /// <summary>Path of the bill of a package file, below the repository's address.</summary>
    public static string FileNameOf(string package) => Path.ChangeExtension(package, null) + Suffix;

    /// <summary>Writes those that are missing.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        if (!options.Value.Sbom)
        {
            return;
        }

        foreach (var (fileName, sha256) in await PackagesAsync(cancellationToken))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var path = Path.Combine(layout.Public, FileNameOf(fileName));
            if (!File.Exists(path) && !_unreadable.Contains(sha256))
            {
                await Task.Run(() => Write(Path.Combine(layout.Public, fileName), sha256, path), cancellationToken);
            }
        }
    }

    private async Task<IReadOnlyList<(string FileName, string Sha256)>> PackagesAsync(
        CancellationToken cancellationToken
    )
    {
        await using var scope = scopes.CreateAsyncScope();
        var store = scope.ServiceProvider.GetRequiredService<RepositoryStore>();
        var packages = await store.Packages.Select(it => new { it.FileName, it.Sha256 }).ToListAsync(cancellationToken);
        return [.. packages.Select(it => (it.FileName, it.Sha256))];
    }

    private void Write(string package, string sha256, string path)
    {
        var part = Path.Combine(layout.Root, $"{sha256}{Suffix}{PublicFile.PartSuffix}");
        try
        {
            using var archive = DebArchive.Open(package);
            using (var output = new BufferedStream(PublicFile.Create(part), 64 << 10))
            {
                SpdxDocument.Write(archive, sha256, Limit(), output);
            }

            Posix.Rename(part, path);
        }
        catch (FileNotFoundException)
        {
            // Removed meanwhile; if it should be there, `canary repo verify` says so.
        }
        catch (Exception e) when (e is CanaryException or InvalidDataException)
        {
            File.Delete(part);
            _unreadable.Add(sha256);
            logger.LogWarning("{Package} gets no bill of materials: {Reason}", package, e.Message);
        }
    }

    private UnpackingLimit Limit() =>
        new(
            options.Value.MaximumUnpackedSize,
            () => InvalidPackage.Because("it unpacks to more than repository-publisher.maximum-unpacked-size allows")
        );
}
