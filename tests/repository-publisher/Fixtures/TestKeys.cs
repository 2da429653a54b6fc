using Canary.RepositoryPublisher.Signing;

namespace Canary.RepositoryPublisher.Tests.Fixtures;

/// <summary>Signing keys outside of a repository.</summary>
internal static class TestKeys
{
    private const string Owner = "Canary archive signing key";

    public static ArchiveKey Make(
        string directory,
        string owner = Owner,
        KeyAlgorithm algorithm = KeyAlgorithm.Ed25519,
        TimeSpan? expiresAfter = null
    )
    {
        var path = Path.Combine(directory, "archive-key.pgp");
        ArchiveKey.Make(path, new NewKey(owner, algorithm, expiresAfter), TimeProvider.System.GetUtcNow());
        return ArchiveKey.Open(path);
    }
}
