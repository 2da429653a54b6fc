using Canary.RepositoryPublisher.Packages;

namespace Canary.RepositoryPublisher;

/// <summary>Where everything of the repository stands in the module's data directory.</summary>
/// <param name="root">The data directory.</param>
internal sealed class RepositoryLayout(string root)
{
    /// <summary>The one component of every suite.</summary>
    public const string Component = "main";

    /// <summary>Name under which the public key is served.</summary>
    public const string KeyringName = "canary-archive-keyring";

    /// <summary>The data directory.</summary>
    public string Root => root;

    /// <summary>The signing key.</summary>
    public string Keys => Path.Combine(root, "keys");

    /// <summary>The fingerprint of the public key, for whoever sets up a host. It is not served: who can change the key on its way
    /// could change it as well.</summary>
    public string Fingerprint => Path.Combine(root, "fingerprint");

    /// <summary>The public key, as clients get it.</summary>
    public string Keyring => Path.Combine(Public, $"{KeyringName}.pgp");

    /// <summary>Uploaded packages that are not in the pool yet.</summary>
    public string Incoming => Path.Combine(root, "incoming");

    /// <summary>What builds made for packages that are not built yet.</summary>
    public string Outputs => Path.Combine(root, "outputs");

    /// <summary>Where apt and dpkg of this machine read what arrives.</summary>
    public string Readings => Path.Combine(root, "readings");

    /// <summary>The files of packages, by checksum of the package: made again when they are gone.</summary>
    public string Contents => Path.Combine(root, "contents");

    /// <summary>What is served.</summary>
    public string Public => Path.Combine(root, "public");

    /// <summary>The links that clients enter by.</summary>
    public string Dists => Path.Combine(Public, "dists");

    /// <summary>Directory that one suite's generations and indexes stand in.</summary>
    public string SuiteOf(string suite) => Path.Combine(Public, "suites", suite);

    /// <summary>Path of an architecture's plain index below its suite.</summary>
    public static string IndexOf(string architecture) => $"{Component}/binary-{architecture}/Packages";

    /// <summary>Path of an architecture's plain <c>Contents</c> file below its suite.</summary>
    public static string ContentsOf(string architecture) => $"{Component}/Contents-{architecture}";

    /// <summary>Path of a package file below the served directory, as Debian's pool has it.</summary>
    public static string PoolPathOf(DebFile package)
    {
        var prefixLength = package.Name.StartsWith("lib", StringComparison.Ordinal)
            ? Math.Min(4, package.Name.Length)
            : 1;
        return $"pool/{Component}/{package.Name[..prefixLength]}/{package.Name}/{package.FileName}";
    }
}
