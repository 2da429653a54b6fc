using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Canary.Contracts;
using Canary.RepositoryPublisher.Indexes;
using Canary.RepositoryPublisher.Pool;
using Canary.RepositoryPublisher.Signing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Canary.RepositoryPublisher.Catalog;

/// <summary>
/// Reads the whole repository as a host would, and compares it with the database: signatures, indexes and their checksums, the files that
/// they list. Suites are read while nobody changes them; the files of the pool, which never change, after that.
/// </summary>
internal sealed class RepositoryVerifier(
    RepositoryLayout layout,
    RepositoryStore store,
    SigningKeys keys,
    RepositoryWriteLock writeLock,
    IOptions<RepositoryPublisherOptions> options,
    TimeProvider time
)
{
    private const int MostFaults = 1000;

    private const string SignAnew = "Restart repository-publisher: it makes its suites anew from the database.";

    private const string RestoreFile =
        "Restore the file from a backup, or bring it again (canary deploy APP FILE.deb). Without it, release the commit again under a new version, and remove this one from the suites "
        + "by that.";

    private readonly List<Failure> _faults = [];
    private int _faultCount;
    private int _indexes;
    private long _size;

    /// <param name="readsFiles">Whether the files of the pool are read whole, or only their sizes looked at.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<Verification> VerifyAsync(bool readsFiles, CancellationToken cancellationToken)
    {
        var suites = options.Value.EffectiveSuites;
        await using (await writeLock.AcquireAsync(cancellationToken))
        {
            foreach (var suite in suites)
            {
                await VerifyAsync(suite, cancellationToken);
            }
        }

        var packages = await store.Packages.AsNoTracking().OrderBy(it => it.FileName).ToListAsync(cancellationToken);
        foreach (var package in packages)
        {
            await VerifyAsync(package, readsFiles, cancellationToken);
        }

        await FindStrangersAsync(cancellationToken);
        return new Verification(suites.Count, _indexes, packages.Count, _size, _faults, _faultCount);
    }

    private async Task VerifyAsync(string suite, CancellationToken cancellationToken)
    {
        var directory = new SuiteDirectory(layout, suite);
        if (directory.CurrentRelease is not { } release || directory.CurrentSignature is not { } signature)
        {
            Add(
                RepositoryPublisherCodes.SuiteMissing,
                $"The suite {suite} has no Release file with a signature.",
                SignAnew
            );
            return;
        }

        foreach (var key in keys.Now.All.Where(key => !signature.IsOf(key)))
        {
            Add(
                RepositoryPublisherCodes.SuiteUnsigned,
                $"Release.gpg of the suite {suite} has no good signature of {key.Fingerprint}.",
                SignAnew
            );
        }

        VerifyClear(suite, release);
        if (ReleaseFile.DateOf(release) is null || ReleaseFile.ValidUntilOf(release) is not { } until)
        {
            Add(
                RepositoryPublisherCodes.SuiteDamaged,
                $"Release of the suite {suite} does not say when it was made and until when it is valid: hosts refuse it.",
                SignAnew
            );
        }
        else if (until < time.GetUtcNow())
        {
            Add(
                RepositoryPublisherCodes.SuiteLapsed,
                $"The suite {suite} was valid until {until:u}: hosts refuse it.",
                SignAnew
            );
        }

        var listed = new HashSet<(string FileName, string Sha256)>();
        var indexes = ReleaseFile.ChecksumsOf(release).ToDictionary(it => it.Path);
        foreach (var index in indexes.Values.Where(it => it.Path.EndsWith(".gz", StringComparison.Ordinal)))
        {
            var plain = indexes.GetValueOrDefault(index.Path[..^".gz".Length]);
            await VerifyAsync(suite, index, plain, listed, cancellationToken);
        }

        var known = (
            await store
                .Entries.Where(it => it.Suite == suite)
                .Select(it => new { it.Package.FileName, it.Package.Sha256 })
                .ToListAsync(cancellationToken)
        )
            .Select(it => (it.FileName, it.Sha256))
            .ToHashSet();
        foreach (var (fileName, _) in listed.Except(known))
        {
            Add(
                RepositoryPublisherCodes.IndexDiffers,
                $"The suite {suite} lists {fileName}, which it does not by the database.",
                SignAnew
            );
        }

        foreach (var (fileName, _) in known.Except(listed))
        {
            Add(
                RepositoryPublisherCodes.IndexDiffers,
                $"The suite {suite} does not list {fileName}, which it does by the database.",
                SignAnew
            );
        }
    }

    private void VerifyClear(string suite, string release)
    {
        var path = Path.Combine(layout.Dists, suite, "InRelease");
        if (!File.Exists(path))
        {
            Add(
                RepositoryPublisherCodes.SuiteUnsigned,
                $"The suite {suite} has no InRelease, which apt asks for first.",
                SignAnew
            );
            return;
        }

        var signed = ClearSigned.Parse(File.ReadAllText(path));
        if (signed?.Text != release)
        {
            Add(
                RepositoryPublisherCodes.SuiteDiffers,
                $"InRelease of the suite {suite} says something else than Release.",
                SignAnew
            );
        }

        foreach (var key in keys.Now.All.Where(key => signed?.IsOf(key) == false))
        {
            Add(
                RepositoryPublisherCodes.SuiteUnsigned,
                $"InRelease of the suite {suite} has no good signature of {key.Fingerprint}.",
                SignAnew
            );
        }
    }

    private async Task VerifyAsync(
        string suite,
        ReleaseChecksum index,
        ReleaseChecksum? plain,
        HashSet<(string FileName, string Sha256)> listed,
        CancellationToken cancellationToken
    )
    {
        _indexes++;
        var path = Path.Combine(layout.Dists, suite, index.Path);
        if (!File.Exists(path))
        {
            Add(RepositoryPublisherCodes.IndexMissing, $"{index.Path} of the suite {suite} is not there.", SignAnew);
            return;
        }

        var content = await File.ReadAllBytesAsync(path, cancellationToken);
        if (!index.Fits(content))
        {
            Add(
                RepositoryPublisherCodes.IndexDamaged,
                $"{index.Path} of the suite {suite} is not what Release says.",
                SignAnew
            );
            return;
        }

        using var unpacked = new MemoryStream();
        await using (var gzip = new GZipStream(new MemoryStream(content), CompressionMode.Decompress))
        {
            await gzip.CopyToAsync(unpacked, cancellationToken);
        }

        var text = unpacked.ToArray();
        if (plain?.Fits(text) != true)
        {
            Add(
                RepositoryPublisherCodes.IndexDamaged,
                $"{index.Path} of the suite {suite} does not unpack to what Release says.",
                SignAnew
            );
        }

        if (index.Path.EndsWith("/Packages.gz", StringComparison.Ordinal))
        {
            var stanzas = Encoding.UTF8.GetString(text).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
            listed.UnionWith(stanzas.Select(stanza => (FieldOf(stanza, "Filename"), FieldOf(stanza, "SHA256"))));
        }
    }

    private async Task VerifyAsync(PoolPackage package, bool readsFile, CancellationToken cancellationToken)
    {
        var path = Path.Combine(layout.Public, package.FileName);
        var size = new FileInfo(path) is { Exists: true } file ? file.Length : (long?)null;
        if (size is null)
        {
            // Retention may have removed it a moment ago.
            if (await store.Packages.AnyAsync(it => it.Id == package.Id, cancellationToken))
            {
                Add(RepositoryPublisherCodes.PoolFileMissing, $"{package.FileName} is not there.", RestoreFile);
            }
        }
        else if (size != package.Size)
        {
            Add(
                RepositoryPublisherCodes.PoolFileDamaged,
                $"{package.FileName} has {size} bytes, and was published with {package.Size}.",
                RestoreFile
            );
        }
        else if (readsFile)
        {
            await using var content = File.OpenRead(path);
            _size += package.Size;
            if (Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancellationToken)) != package.Sha256)
            {
                Add(
                    RepositoryPublisherCodes.PoolFileDamaged,
                    $"{package.FileName} is not what was published (SHA-256 {package.Sha256}).",
                    RestoreFile
                );
            }
        }
    }

    /// <summary>Files that nobody has published here.</summary>
    private async Task FindStrangersAsync(CancellationToken cancellationToken)
    {
        await using var held = await writeLock.AcquireAsync(cancellationToken);
        foreach (var stranger in await PoolFiles.StrangersAsync(layout, store, cancellationToken))
        {
            Add(
                RepositoryPublisherCodes.PoolFileUnknown,
                $"{stranger.FileName} is in the pool, and the database knows nothing of it; no suite lists it.",
                "Remove it: canary repo gc --remove."
            );
        }
    }

    private void Add(string code, string message, string remedy)
    {
        _faultCount++;
        if (_faults.Count < MostFaults)
        {
            _faults.Add(
                new Failure
                {
                    Code = code,
                    Message = message,
                    Remedy = remedy,
                }
            );
        }
    }

    private static string FieldOf(string stanza, string name) =>
        stanza
            .Split('\n')
            .FirstOrDefault(line => line.StartsWith($"{name}: ", StringComparison.Ordinal))
            ?[(name.Length + 2)..]
        ?? "";
}
