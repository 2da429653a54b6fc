using System.Text.RegularExpressions;
using Canary.Failures;
using Canary.RepositoryPublisher.Names;

namespace Canary.RepositoryPublisher.Uploads;

/// <summary>Uploaded packages that wait to be published, under their checksums. What has its name here is whole, is
/// what its name says, and is a package that the repository may take.</summary>
internal sealed partial class PackageUploads(RepositoryLayout layout, PackageAdmission admission, TimeProvider time)
{
    public static bool IsSha256(string text) => Sha256Syntax().IsMatch(text);

    /// <summary>An upload that waits, or <c>null</c>.</summary>
    public FileInfo? Find(string sha256) =>
        IsSha256(sha256) && new FileInfo(PathOf(sha256)) is { Exists: true } file ? file : null;

    /// <summary>Has an upload wait as if it had come now.</summary>
    /// <returns>Whether there is one.</returns>
    public bool TryRenew(string sha256)
    {
        if (Find(sha256) is not { } upload)
        {
            return false;
        }

        try
        {
            upload.LastWriteTimeUtc = time.GetUtcNow().UtcDateTime;
            return true;
        }
        catch (FileNotFoundException)
        {
            // It was published or swept in this moment.
            return false;
        }
    }

    /// <summary>Stores an upload, or leaves nothing behind.</summary>
    /// <exception cref="CanaryException">The bytes are not what the checksum says, or are no package that the repository may take.</exception>
    public async Task StoreAsync(string sha256, Stream content, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(layout.Incoming);
        var part = Path.Combine(layout.Incoming, $"{Guid.NewGuid():N}{PublicFile.PartSuffix}");
        try
        {
            await HashedFile.WriteAsync(part, sha256, content, cancellationToken);
            await Task.Run(() => admission.CheckFile(part), cancellationToken);
            Posix.Rename(part, PathOf(sha256));
            Posix.Flush(layout.Incoming);
        }
        catch
        {
            File.Delete(part);
            throw;
        }
    }

    /// <summary>Forgets an upload.</summary>
    public void Remove(string sha256) => File.Delete(PathOf(sha256));

    /// <summary>Removes what a dead process left half written.</summary>
    /// <param name="writtenBefore">Leaves what was written to since, by a process that may live; <c>null</c>: there is
    /// none.</param>
    public void RemoveParts(DateTimeOffset? writtenBefore)
    {
        Directory.CreateDirectory(layout.Incoming);
        foreach (var part in Directory.EnumerateFiles(layout.Incoming, $"*{PublicFile.PartSuffix}"))
        {
            if (writtenBefore is null || File.GetLastWriteTimeUtc(part) < writtenBefore.Value.UtcDateTime)
            {
                File.Delete(part);
            }
        }
    }

    /// <summary>Removes uploads that nobody published.</summary>
    public void Sweep(DateTimeOffset uploadedBefore)
    {
        foreach (var file in new DirectoryInfo(layout.Incoming).EnumerateFiles("*.deb"))
        {
            if (file.LastWriteTimeUtc < uploadedBefore.UtcDateTime)
            {
                file.Delete();
            }
        }
    }

    private string PathOf(string sha256) => Path.Combine(layout.Incoming, $"{sha256}.deb");

    [GeneratedRegex(@"\A[0-9a-f]{64}\z")]
    private static partial Regex Sha256Syntax();
}
