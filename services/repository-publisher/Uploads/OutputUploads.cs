using Canary.Failures;

namespace Canary.RepositoryPublisher.Uploads;

/// <summary>What builds made for their packages, under its checksum, until the packager has fetched it. All replicas of the publisher share
/// it, which those of the services before and behind it do not.</summary>
internal sealed class OutputUploads(RepositoryLayout layout, TimeProvider time)
{
    private const string Suffix = ".tar.zst";

    /// <summary>An archive that is kept, or <c>null</c>. It is kept longer by that.</summary>
    public FileInfo? Find(string sha256)
    {
        if (!PackageUploads.IsSha256(sha256) || new FileInfo(PathOf(sha256)) is not { Exists: true } file)
        {
            return null;
        }

        try
        {
            file.LastWriteTimeUtc = time.GetUtcNow().UtcDateTime;
            return file;
        }
        catch (FileNotFoundException)
        {
            // It was swept meanwhile.
            return null;
        }
    }

    /// <summary>Stores an archive, or leaves nothing behind.</summary>
    /// <exception cref="CanaryException">The bytes are not what the checksum says.</exception>
    public async Task StoreAsync(string sha256, Stream content, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(layout.Outputs);
        var part = Path.Combine(layout.Outputs, $"{Guid.NewGuid():N}{PublicFile.PartSuffix}");
        try
        {
            await HashedFile.WriteAsync(part, sha256, content, cancellationToken);
            File.SetLastWriteTimeUtc(part, time.GetUtcNow().UtcDateTime);
            Posix.Rename(part, PathOf(sha256));
            Posix.Flush(layout.Outputs);
        }
        catch
        {
            File.Delete(part);
            throw;
        }
    }

    /// <summary>Removes what nobody has stored or fetched for long, half-written files too.</summary>
    public void Sweep(DateTimeOffset usedBefore)
    {
        if (!Directory.Exists(layout.Outputs))
        {
            return;
        }

        foreach (var file in new DirectoryInfo(layout.Outputs).EnumerateFiles())
        {
            if (file.LastWriteTimeUtc < usedBefore.UtcDateTime)
            {
                file.Delete();
            }
        }
    }

    private string PathOf(string sha256) => Path.Combine(layout.Outputs, sha256 + Suffix);
}
