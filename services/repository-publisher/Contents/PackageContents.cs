using System.IO.Compression;
using System.Text;
using Canary.Failures;
using Canary.RepositoryPublisher.Packages;
using Canary.RepositoryPublisher.Packages.Archives;
using Canary.RepositoryPublisher.Pool;
using Microsoft.Extensions.Options;

namespace Canary.RepositoryPublisher.Contents;

/// <summary>
/// The lines of each package in a <c>Contents</c> file, compressed on their own: gzip members that stand one after another are one gzip
/// file. A package is read once, whatever lists it how often.
/// </summary>
internal sealed class PackageContents(RepositoryLayout layout, IOptions<RepositoryPublisherOptions> options)
{
    /// <summary>The lines of a package of the pool; <c>null</c>: its file is gone.</summary>
    public async Task<string?> FindAsync(PoolPackage package, CancellationToken cancellationToken)
    {
        var path = Path.Combine(layout.Contents, $"{package.Sha256}.gz");
        if (!File.Exists(path))
        {
            Directory.CreateDirectory(layout.Contents);
            try
            {
                PublicFile.Write(path, [await Task.Run(() => Read(package), cancellationToken)]);
            }
            catch (Exception e) when (e is FileNotFoundException or CanaryException or InvalidDataException)
            {
                // `canary repo verify` tells of it.
                return null;
            }
        }

        return path;
    }

    /// <summary>Removes the lines of packages that are not listed any more.</summary>
    public void Sweep(IReadOnlySet<string> listed)
    {
        if (Directory.Exists(layout.Contents))
        {
            foreach (var file in Directory.EnumerateFiles(layout.Contents))
            {
                if (!listed.Contains(Path.GetFileNameWithoutExtension(file)))
                {
                    File.Delete(file);
                }
            }
        }
    }

    private byte[] Read(PoolPackage pooled)
    {
        using var archive = DebArchive.Open(Path.Combine(layout.Public, pooled.FileName));
        var package = DebFile.Read(archive);
        var section = package.Control["Section"];
        var place = section is null ? package.Name : $"{section}/{package.Name}";
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Optimal, leaveOpen: true))
        using (var lines = new StreamWriter(gzip, new UTF8Encoding(false)) { NewLine = "\n" })
        {
            using var data = archive.OpenData();
            var entries = new TarEntries(data, Limit());
            while (entries.Next() is { } entry)
            {
                if (entry.Kind != TarKind.Directory && !entry.Path.Contains('\n', StringComparison.Ordinal))
                {
                    lines.WriteLine($"{entry.Path} {place}");
                }
            }
        }

        return compressed.ToArray();
    }

    private UnpackingLimit Limit() =>
        new(
            options.Value.MaximumUnpackedSize,
            () => InvalidPackage.Because("it unpacks to more than repository-publisher.maximum-unpacked-size allows")
        );
}
