using System.Text;

namespace Canary.RepositoryPublisher.Signing;

/// <summary>The public keys beside the suites, for those who copy or serve the directory themselves. They come after the suites: they
/// say that these are signed with them.</summary>
internal sealed class PublishedKeyring(RepositoryLayout layout, SigningKeys keys, RepositoryWriteLock writeLock)
{
    /// <summary>Whether it is that of the keys that sign.</summary>
    public bool IsSaved => Holds(layout.Keyring, keys.Now.Keyring);

    public async Task SaveAsync(CancellationToken cancellation)
    {
        await using var held = await writeLock.AcquireAsync(cancellation);
        var now = keys.Now;
        PublicFile.Write(Path.ChangeExtension(layout.Keyring, ".asc"), [now.ArmoredKeyring]);
        PublicFile.Write(layout.Keyring, [now.Keyring]);
        Posix.Flush(layout.Public);
    }

    /// <summary>Says the one fingerprint that hosts are set up with: of the key that all of them know.</summary>
    public async Task SaveFingerprintAsync(CancellationToken cancellation)
    {
        var line = Encoding.ASCII.GetBytes(keys.Now.Current.Fingerprint + "\n");
        if (!Holds(layout.Fingerprint, line))
        {
            await using var held = await writeLock.AcquireAsync(cancellation);
            PublicFile.Write(layout.Fingerprint, [line]);
        }
    }

    private static bool Holds(string path, byte[] content) =>
        File.Exists(path) && File.ReadAllBytes(path).AsSpan().SequenceEqual(content);
}
