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

    /// <exception cref="CanaryException">A key is lost, cannot be read, or is not the repository's.</exception>
    public static void Open(SigningKeys keys, RepositoryLayout layout, NewKey wanted, DateTimeOffset now)
    {
        var path = keys.CurrentFile;
        var suites = SignedSuites(layout);
        if (!File.Exists(path) && (File.Exists(layout.Keyring) || suites.Count > 0))
        {
            throw new CanaryException(
                RepositoryPublisherCodes.ArchiveKeyLost,
                $"The repository's signing key {path} is missing, and {layout.Public} holds a repository that is signed with it.",
                $"Restore the file from a backup. {OnPurpose}"
            );
        }

        ArchiveKey.Make(path, wanted, now);
        var ours = keys.Now;
        var trusted = FingerprintsOf(layout.Keyring);
        if (trusted.Count > 0 && !ours.All.Any(key => trusted.Contains(key.Fingerprint)))
        {
            throw Foreign(path, ours, $"hosts were given {string.Join(" and ", trusted)} ({layout.Keyring})");
        }

        // A first start that did not come to its end has left no keyring yet.
        if (
            trusted.Count == 0
            && suites.FirstOrDefault(suite => !ours.All.Any(suite.Signature.IsOf)) is { Name: { } name }
        )
        {
            throw Foreign(path, ours, $"the suite {name} is signed with another one ({layout.Dists})");
        }
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
    private static IReadOnlyList<string> FingerprintsOf(string keyring) =>
        File.Exists(keyring) ? ArchiveKey.FingerprintsOf(File.ReadAllBytes(keyring)) : [];

    private static CanaryException Foreign(string path, ArchiveKeys keys, string evidence) =>
        new(
            RepositoryPublisherCodes.ArchiveKeyForeign,
            $"The signing key {path} ({keys.Fingerprints}) is not this repository's: {evidence}.",
            $"Restore the repository's own key from a backup. {OnPurpose}"
        );
}
