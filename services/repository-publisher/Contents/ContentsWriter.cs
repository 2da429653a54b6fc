using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Canary.RepositoryPublisher.Indexes;
using Canary.RepositoryPublisher.Pool;
using Canary.RepositoryPublisher.Suites;
using Microsoft.Extensions.Options;

namespace Canary.RepositoryPublisher.Contents;

/// <summary>
/// Says which package brings which file (Debian wiki, DebianRepository/Format, "Contents" indices), for what each suite offers. The files
/// are large and nobody deploys by them, so publishing does not wait for them: they follow with the next maintenance.
/// </summary>
internal sealed class ContentsWriter(
    PackageContents contents,
    SuiteWriter suites,
    RepositoryLayout layout,
    IOptions<RepositoryPublisherOptions> options,
    OfferedPackages offered
)
{
    private readonly Dictionary<string, string> _written = [];

    /// <summary>Brings the files of all suites up to date.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        if (!options.Value.Contents)
        {
            foreach (var suite in options.Value.EffectiveSuites)
            {
                await suites.UpdateContentsAsync(suite, [], cancellationToken);
            }

            contents.Sweep(new HashSet<string>());
            return;
        }

        var listed = new HashSet<string>();
        foreach (var suite in options.Value.EffectiveSuites)
        {
            var packages = await offered.OfAsync(suite, cancellationToken);
            listed.UnionWith(packages.Select(package => package.Sha256));
            var state = Convert.ToHexString(
                SHA256.HashData(Encoding.ASCII.GetBytes(string.Concat(packages.Select(package => package.Sha256))))
            );
            if (_written.GetValueOrDefault(suite) != state && await WriteAsync(suite, packages, cancellationToken))
            {
                _written[suite] = state;
            }
        }

        contents.Sweep(listed);
    }

    private async Task<bool> WriteAsync(
        string suite,
        IReadOnlyList<PoolPackage> packages,
        CancellationToken cancellationToken
    )
    {
        var byArchitecture = packages.ToLookup(package => package.Architecture);
        var indexes = new List<ContentsIndex>();
        foreach (var architecture in options.Value.EffectiveArchitectures)
        {
            var members = new List<string>();
            foreach (var package in byArchitecture[architecture])
            {
                if (await contents.FindAsync(package, cancellationToken) is { } member)
                {
                    members.Add(member);
                }
            }

            indexes.Add(await WriteAsync(suite, architecture, members, cancellationToken));
        }

        return await suites.UpdateContentsAsync(suite, indexes, cancellationToken);
    }

    private async Task<ContentsIndex> WriteAsync(
        string suite,
        string architecture,
        List<string> members,
        CancellationToken cancellationToken
    )
    {
        using var plain = new HashedLength();
        using var compressed = new HashedLength();
        var part = Path.Combine(layout.Root, $"contents-{suite}-{architecture}{PublicFile.PartSuffix}");
        await using (var file = PublicFile.Create(part))
        {
            foreach (var member in members)
            {
                var bytes = await File.ReadAllBytesAsync(member, cancellationToken);
                await AppendAsync(bytes);
                await using var gzip = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
                await gzip.CopyToAsync(plain, cancellationToken);
            }

            if (members.Count == 0)
            {
                await AppendAsync(Segment.EmptyMember.ToArray());
            }

            RandomAccess.FlushToDisk(file.SafeFileHandle);

            async Task AppendAsync(byte[] bytes)
            {
                await compressed.WriteAsync(bytes, cancellationToken);
                await file.WriteAsync(bytes, cancellationToken);
            }
        }

        var index = new ContentsIndex(architecture, plain.Length, plain.Sha256, compressed.Length, compressed.Sha256);
        new SuiteDirectory(layout, suite).TakeIn(part, index.CompressedSha256);
        return index;
    }
}
