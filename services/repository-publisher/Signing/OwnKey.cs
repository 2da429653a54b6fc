using Canary.Failures;
using Canary.RepositoryPublisher.Indexes;

namespace Canary.RepositoryPublisher.Signing;

/// <summary>Opens the key that this repository is signed with, and no other: hosts trust it alone. A new one is made only where
/// nothing was ever signed.</summary>
internal static class OwnKey
{
    private const string OnPurpose =
        "To go on with another key on purpose, move public/dists and the files public/canary-archive-keyring.* away: the "
        + "suites are signed anew, and every host needs the new public key before it accepts the repository again.";

    /// <exception cref="CanaryException">The key is lost, cannot be read, or is not the repository's.</exception>
    public static ArchiveKey Open(RepositoryLayout layout, string owner, DateTimeOffset now)
    {
        var path = Path.Combine(layout.Keys, ArchiveKey.FileName);
        var suites = SignedSuites(layout);
        if (!File.Exists(path) && (File.Exists(layout.Keyring) || suites.Count > 0))
        {
            throw new CanaryException(
                RepositoryPublisherCodes.ArchiveKeyLost,
                $"The repository's signing key {path} is missing, and {layout.Public} holds a repository that is signed with it.",
                $"Restore the file from a backup. {OnPurpose}"
            );
        }

        var key = ArchiveKey.Open(layout.Keys, owner, now);
        var trusted = FingerprintOf(layout.Keyring);
        if (trusted is not null && trusted != key.Fingerprint)
        {
            throw Foreign(path, key, $"hosts were given {trusted} ({layout.Keyring})");
        }

        // A first start that did not come to its end has left no keyring yet.
        if (trusted is null && suites.FirstOrDefault(suite => !suite.Signature.IsOf(key)) is { Name: { } name })
        {
            throw Foreign(path, key, $"the suite {name} is signed with another one ({layout.Dists})");
        }

        return key;
    }

    private static List<(string Name, SuiteSignature Signature)> SignedSuites(RepositoryLayout layout) =>
        Directory.Exists(layout.Dists)
            ?
            [
                .. Directory
                    .EnumerateFileSystemEntries(layout.Dists)
                    .Select(Path.GetFileName)
                    .Select(name => (name!, new SuiteDirectory(layout, name!).CurrentSignature!))
                    .Where(suite => suite.Item2 is not null),
            ]
            : [];

    /// <summary>Nothing where the file is damaged: it is written anew.</summary>
    private static string? FingerprintOf(string keyring) =>
        File.Exists(keyring) ? ArchiveKey.FingerprintOf(File.ReadAllBytes(keyring)) : null;

    private static CanaryException Foreign(string path, ArchiveKey key, string evidence) =>
        new(
            RepositoryPublisherCodes.ArchiveKeyForeign,
            $"The signing key {path} ({key.Fingerprint}) is not this repository's: {evidence}.",
            $"Restore the repository's own key from a backup. {OnPurpose}"
        );
}
