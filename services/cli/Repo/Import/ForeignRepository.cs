using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace Canary.Cli.Repo.Import;

/// <summary>
/// A repository in a directory as reprepro, aptly and freight publish it: <c>dists/SUITE/Release</c>, the indexes that it names, and the
/// files that those name. Nothing is read that an index does not name, and no index that is not what <c>Release</c> says.
/// </summary>
internal static class ForeignRepository
{
    private const long LargestIndex = 512 << 20;

    /// <exception cref="CliException">It is no such directory, or not what it says of itself.</exception>
    public static async Task<IReadOnlyList<ForeignSuite>> ReadAsync(
        string directory,
        string? keyring,
        CancellationToken cancellation
    )
    {
        var dists = Path.Combine(directory, "dists");
        if (!Directory.Exists(dists))
        {
            throw Unreadable(
                $"{directory} has no directory dists, so it is not a published repository.",
                "Name what the web server serves: the base directory of reprepro, the public directory of aptly, the cache of freight "
                    + "(VARCACHE)."
            );
        }

        var suites = new List<ForeignSuite>();
        foreach (var suite in SuitesIn(dists))
        {
            suites.Add(await ReadSuiteAsync(directory, suite, keyring, cancellation));
        }

        return suites.Count > 0
            ? suites
            : throw Unreadable($"{dists} has no suite with a Release file.", "Publish the repository first.");
    }

    /// <summary>What a link stands for is the suite of the link's name: so freight switches.</summary>
    private static IEnumerable<string> SuitesIn(string dists)
    {
        var directories = new DirectoryInfo(dists)
            .GetDirectories()
            .OrderBy(it => it.Name, StringComparer.Ordinal)
            .ToList();
        var linked = directories
            .Select(it => it.ResolveLinkTarget(returnFinalTarget: true)?.FullName)
            .OfType<string>()
            .ToHashSet();
        return directories
            .Where(it => !linked.Contains(it.FullName) && File.Exists(Path.Combine(it.FullName, "Release")))
            .Select(it => it.FullName);
    }

    private static async Task<ForeignSuite> ReadSuiteAsync(
        string root,
        string directory,
        string? keyring,
        CancellationToken cancellation
    )
    {
        var name = Path.GetFileName(directory);
        var release = await ReadAsync(Path.Combine(directory, "Release"), cancellation);
        IReadOnlyList<string> fingerprints = keyring is null
            ? []
            : await ReleaseSignature.SignersAsync(
                name,
                release,
                await ReadAsync(Path.Combine(directory, "Release.gpg"), cancellation),
                keyring,
                cancellation
            );
        var packages = new Dictionary<string, ForeignPackage>();
        foreach (var index in IndexesOf(name, Encoding.UTF8.GetString(release)))
        {
            foreach (var stanza in await ReadIndexAsync(name, directory, index, cancellation))
            {
                var package = Read(root, name, stanza);
                packages.TryAdd(package.Sha256, package);
            }
        }

        return new ForeignSuite(name, fingerprints, [.. packages.Values]);
    }

    /// <summary>One file for each index that a suite names, in a form that is read here.</summary>
    private static IEnumerable<NamedIndex> IndexesOf(string suite, string release)
    {
        var files = ChecksumsOf(release)
            .Where(file => file.Path.Contains("/binary-", StringComparison.Ordinal))
            .ToList();
        if (files.Count == 0 && release.Contains("\nMD5Sum:", StringComparison.OrdinalIgnoreCase))
        {
            throw Unreadable(
                $"Release of the suite {suite} names its indexes by no SHA-256.",
                "Have the repository publish SHA-256 (reprepro: no IgnoreHashes: sha256), and try again."
            );
        }

        foreach (var group in files.GroupBy(file => file.Path[..file.Path.LastIndexOf('/')], StringComparer.Ordinal))
        {
            var index = group.FirstOrDefault(file => file.Path.EndsWith("/Packages.gz", StringComparison.Ordinal));
            index ??= group.FirstOrDefault(file => file.Path.EndsWith("/Packages", StringComparison.Ordinal));
            if (index is not null)
            {
                yield return index;
            }
            else if (group.Any(file => file.Path.Contains("/Packages.", StringComparison.Ordinal)))
            {
                throw Unreadable(
                    $"The suite {suite} has {group.Key}/Packages neither as it is nor compressed by gzip.",
                    "Have the repository publish Packages.gz, and try again."
                );
            }
        }
    }

    /// <summary>The lines below <c>SHA256:</c>.</summary>
    private static IEnumerable<NamedIndex> ChecksumsOf(string release) =>
        release
            .Split('\n')
            .SkipWhile(line => line.TrimEnd() != "SHA256:")
            .Skip(1)
            .TakeWhile(line => line.StartsWith(' '))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            .Where(parts => parts.Length == 3)
            .Select(parts => new NamedIndex(parts[0], parts[2]));

    private static async Task<IReadOnlyList<string>> ReadIndexAsync(
        string suite,
        string directory,
        NamedIndex index,
        CancellationToken cancellation
    )
    {
        var path = PathBelow(directory, index.Path);
        var content = await ReadAsync(path, cancellation);
        if (Convert.ToHexStringLower(SHA256.HashData(content)) != index.Sha256)
        {
            throw Unreadable(
                $"{index.Path} of the suite {suite} is not what its Release file says.",
                "The repository was damaged, or is being published right now: look at it, and try again."
            );
        }

        var text = index.Path.EndsWith(".gz", StringComparison.Ordinal)
            ? await UnpackAsync(content, cancellation)
            : content;
        return Encoding.UTF8.GetString(text).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
    }

    private static ForeignPackage Read(string root, string suite, string stanza)
    {
        var sha256 = Field("SHA256").ToLowerInvariant();
        return new ForeignPackage
        {
            Name = Field("Package"),
            Version = Field("Version"),
            Architecture = Field("Architecture"),
            Path = PathBelow(root, Field("Filename")),
            Size = long.TryParse(Field("Size"), out var size) ? size : throw Incomplete("Size"),
            Sha256 = sha256.Length == 64 && sha256.All(char.IsAsciiHexDigitLower) ? sha256 : throw Incomplete("SHA256"),
        };

        string Field(string name) =>
            SignedRepository.FieldOf(stanza, name).Trim() is { Length: > 0 } value ? value : throw Incomplete(name);

        CliException Incomplete(string name) =>
            Unreadable(
                $"A package of the suite {suite} has no field {name} in its index: {stanza.Split('\n')[0]}.",
                "Have the repository write its indexes anew, with SHA-256."
            );
    }

    private static string PathBelow(string root, string relative)
    {
        var whole = Path.GetFullPath(
            Path.Combine(root, relative.StartsWith("./", StringComparison.Ordinal) ? relative[2..] : relative)
        );
        return whole.StartsWith(root.TrimEnd('/') + "/", StringComparison.Ordinal)
            ? whole
            : throw Unreadable(
                $"An index names {relative}, which leaves {root}.",
                "Do not import from this repository."
            );
    }

    private static async Task<byte[]> UnpackAsync(byte[] content, CancellationToken cancellation)
    {
        using var text = new MemoryStream();
        await using var gzip = new GZipStream(new MemoryStream(content), CompressionMode.Decompress);
        var buffer = new byte[1 << 16];
        int read;
        while ((read = await gzip.ReadAsync(buffer, cancellation)) > 0)
        {
            await text.WriteAsync(buffer.AsMemory(0, read), cancellation);
            if (text.Length > LargestIndex)
            {
                throw Unreadable("An index unpacks to more than 512 MiB.", "Import from a smaller suite.");
            }
        }

        return text.ToArray();
    }

    private static async Task<byte[]> ReadAsync(string path, CancellationToken cancellation)
    {
        try
        {
            return await File.ReadAllBytesAsync(path, cancellation);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unreadable($"{path} cannot be read: {e.Message}", "Look at the repository, and who may read it.");
        }
    }

    private static CliException Unreadable(string message, string remedy) =>
        CliException.Usage(CliCodes.RepositoryUnreadable, message, remedy);

    private sealed record NamedIndex(string Sha256, string Path);
}
