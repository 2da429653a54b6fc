using System.Globalization;
using System.Text;
using Canary.RepositoryPublisher.Signing;
using Org.BouncyCastle.Bcpg.OpenPgp;

namespace Canary.RepositoryPublisher.Indexes;

/// <summary>
/// One suite on disk. Every state of it is a directory of its own, a generation; <c>dists/SUITE</c> is a link to the
/// current one, and replacing that link is the only change that a client can see. The indexes stand beside the
/// generations under their checksums, which is also how apt asks for them, and stay as long as a generation that lists
/// them.
/// </summary>
internal sealed class SuiteDirectory(RepositoryLayout layout, string suite)
{
    private const string ByHash = "by-hash";

    private readonly string _home = layout.SuiteOf(suite);
    private readonly string _link = Path.Combine(layout.Dists, suite);

    private string Hashes => Path.Combine(_home, ByHash, "SHA256");

    /// <summary>The <c>Release</c> file that clients see; <c>null</c> before the first one.</summary>
    public string? CurrentRelease
    {
        get
        {
            var path = Path.Combine(_link, "Release");
            return File.Exists(path) ? File.ReadAllText(path) : null;
        }
    }

    /// <summary>The signature of <see cref="CurrentRelease"/>; <c>null</c> before the first one.</summary>
    public SuiteSignature? CurrentSignature
    {
        get
        {
            var (release, signature) = (Path.Combine(_link, "Release"), Path.Combine(_link, "Release.gpg"));
            return File.Exists(release) && File.Exists(signature)
                ? new SuiteSignature(File.ReadAllBytes(release), File.ReadAllBytes(signature))
                : null;
        }
    }

    private long CurrentNumber =>
        new FileInfo(_link).LinkTarget is { } target
            ? long.Parse(Path.GetFileName(target), CultureInfo.InvariantCulture)
            : 0;

    /// <summary>Writes the next generation, whole and durable. No client sees it yet.</summary>
    /// <returns>The generation, for <see cref="SwitchTo"/>.</returns>
    public long Prepare(
        IReadOnlyDictionary<string, PackagesIndex> indexes,
        IReadOnlyList<ContentsIndex> contents,
        string release,
        ArchiveKeys keys,
        DateTimeOffset time
    )
    {
        var number = CurrentNumber + 1;
        var generation = PathOf(number);
        Delete(generation);
        try
        {
            string[] files =
            [
                .. indexes.Values.Select(WriteIndex),
                .. indexes.Select(index => LinkIndex(generation, index.Key, index.Value)),
                .. LinkContents(generation, contents),
                .. WriteRelease(generation, release, keys, time),
                Path.Combine(generation, RepositoryLayout.Component),
                generation,
                Hashes,
                _home,
            ];
            // All at the end: the first call makes nearly all of it durable, the others find little left to do.
            foreach (var file in files)
            {
                Posix.Flush(file);
            }

            return number;
        }
        catch
        {
            Delete(generation);
            throw;
        }
    }

    /// <summary>Puts a file that was written elsewhere among the indexes, under its checksum. It goes with the next <see cref="Sweep"/>
    /// unless a generation lists it.</summary>
    public void TakeIn(string file, string sha256)
    {
        Directory.CreateDirectory(Hashes);
        Posix.Rename(file, Path.Combine(Hashes, sha256));
    }

    public bool Has(ContentsIndex index) => File.Exists(Path.Combine(Hashes, index.CompressedSha256));

    /// <summary>Makes a prepared generation the one that clients see, atomically.</summary>
    public void SwitchTo(long generation)
    {
        var next = Path.Combine(layout.Dists, $".{suite}{PublicFile.PartSuffix}");
        File.Delete(next);
        File.CreateSymbolicLink(next, Path.GetRelativePath(layout.Dists, PathOf(generation)));
        Posix.Rename(next, _link);
        Posix.Flush(layout.Dists);
    }

    /// <summary>Removes a prepared generation that will not be switched to.</summary>
    public void Discard(long generation) => Delete(PathOf(generation));

    /// <summary>Removes what no client can be reading any more, and what an interrupted change left behind.</summary>
    /// <param name="supersededBefore">Generations stay that were superseded after this time.</param>
    public void Sweep(DateTimeOffset supersededBefore)
    {
        var current = CurrentNumber;
        var numbers = GenerationNumbers().Order().ToList();
        foreach (var (number, successor) in numbers.Zip(numbers.Skip(1).Append(long.MaxValue)))
        {
            var superseded = successor <= current && MadeAt(PathOf(successor)) < supersededBefore;
            if (superseded || number > current)
            {
                Delete(PathOf(number));
            }
        }

        var listed = GenerationNumbers().SelectMany(number => IndexesOf(PathOf(number))).ToHashSet();
        foreach (var file in FilesIn(Hashes).Where(file => !listed.Contains(Path.GetFileName(file))))
        {
            File.Delete(file);
        }
    }

    private string PathOf(long generation) => Path.Combine(_home, generation.ToString(CultureInfo.InvariantCulture));

    private IEnumerable<long> GenerationNumbers() =>
        Directory.Exists(_home)
            ? Directory
                .EnumerateDirectories(_home)
                .Select(Path.GetFileName)
                .Where(name => name is not ByHash)
                .Select(name => long.Parse(name!, CultureInfo.InvariantCulture))
            : [];

    private string WriteIndex(PackagesIndex index)
    {
        var path = Path.Combine(Directory.CreateDirectory(Hashes).FullName, index.CompressedSha256);
        if (!File.Exists(path))
        {
            PublicFile.Write(path, index.Compressed);
        }

        return path;
    }

    private string LinkIndex(string generation, string architecture, PackagesIndex index)
    {
        var file = Path.Combine(generation, $"{RepositoryLayout.IndexOf(architecture)}.gz");
        var directory = Directory.CreateDirectory(Path.GetDirectoryName(file)!).FullName;
        var hashes = Path.GetRelativePath(directory, Hashes);
        File.CreateSymbolicLink(file, Path.Combine(hashes, index.CompressedSha256));
        File.CreateSymbolicLink(Path.Combine(directory, ByHash), Path.GetDirectoryName(hashes)!);
        return directory;
    }

    private IEnumerable<string> LinkContents(string generation, IReadOnlyList<ContentsIndex> contents)
    {
        if (contents.Count == 0)
        {
            return [];
        }

        var directory = Path.Combine(generation, RepositoryLayout.Component);
        var hashes = Path.GetRelativePath(directory, Hashes);
        File.CreateSymbolicLink(Path.Combine(directory, ByHash), Path.GetDirectoryName(hashes)!);
        foreach (var index in contents)
        {
            File.CreateSymbolicLink(
                Path.Combine(generation, $"{RepositoryLayout.ContentsOf(index.Architecture)}.gz"),
                Path.Combine(hashes, index.CompressedSha256)
            );
        }

        return [directory];
    }

    private IEnumerable<string> WriteRelease(string generation, string release, ArchiveKeys keys, DateTimeOffset time)
    {
        // Clients that hold one generation ask for "newer than" its time, in whole seconds. So every generation is at
        // least a second newer than the one before, or a change within the same second would stay unseen.
        var previous = MadeAt(PathOf(CurrentNumber));
        var made = DateTimeOffset.FromUnixTimeSeconds(
            Math.Max(time.ToUnixTimeSeconds(), previous.ToUnixTimeSeconds() + 1)
        );

        var plain = Encoding.UTF8.GetBytes(release);
        var files = new Dictionary<string, byte[]>
        {
            ["Release"] = plain,
            ["Release.gpg"] = keys.SignDetached(plain, time),
            ["InRelease"] = keys.SignClear(release, time),
        };
        foreach (var (name, content) in files)
        {
            var path = Path.Combine(generation, name);
            PublicFile.Write(path, [content]);
            File.SetLastWriteTimeUtc(path, made.UtcDateTime);
            yield return path;
        }

        Directory.SetLastWriteTimeUtc(generation, made.UtcDateTime);
    }

    private static DateTimeOffset MadeAt(string generation) =>
        Directory.Exists(generation) ? Directory.GetLastWriteTimeUtc(generation) : DateTimeOffset.UnixEpoch;

    private static IEnumerable<string> IndexesOf(string generation)
    {
        var component = Path.Combine(generation, RepositoryLayout.Component);
        return Directory
            .EnumerateDirectories(component, "binary-*")
            .Select(architecture => Path.Combine(architecture, "Packages.gz"))
            .Concat(Directory.EnumerateFiles(component, "Contents-*.gz"))
            .Select(link => Path.GetFileName(new FileInfo(link).LinkTarget)!);
    }

    private static IEnumerable<string> FilesIn(string directory) =>
        Directory.Exists(directory) ? Directory.EnumerateFiles(directory) : [];

    private static void Delete(string generation)
    {
        if (Directory.Exists(generation))
        {
            Directory.Delete(generation, recursive: true);
        }
    }
}

/// <summary>What clients see of a suite, and who has signed it.</summary>
internal sealed record SuiteSignature(byte[] Release, byte[] Signature)
{
    private readonly PgpSignatureList? _signatures = ArchiveKey.SignaturesIn(Signature);

    /// <summary>Whether a key has signed it, alone or with others.</summary>
    public bool IsOf(ArchiveKey key) => _signatures is not null && key.HasSigned(Release, _signatures);
}
