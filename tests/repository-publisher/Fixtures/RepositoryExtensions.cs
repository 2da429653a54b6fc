using System.Globalization;
using System.IO.Compression;
using Canary.Contracts.Publishing;
using Canary.RepositoryPublisher.Signing;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.RepositoryPublisher.Tests.Fixtures;

internal static class RepositoryExtensions
{
    /// <summary>Publishes a version and advertises it to everyone.</summary>
    public static async Task ReleaseAsync(
        this Repository repository,
        string name,
        string version,
        string suite = "production"
    )
    {
        await repository.PublishAsync(name, version);
        (await repository.AdvertiseAsync(name, version, suite)).ShouldBeOfType<VersionAdvertised>();
    }

    /// <summary>A host that follows a suite of the repository and trusts its key.</summary>
    public static AptHost Host(
        this Repository repository,
        string suite = "production",
        string architecture = "amd64"
    ) =>
        new(
            repository.RepositoryAddress,
            repository.Services.GetRequiredService<SigningKeys>().Now.Keyring,
            suite,
            architecture
        );

    /// <summary>Number of the generation that clients see.</summary>
    public static long Generation(this Repository repository, string suite) =>
        long.Parse(
            Path.GetFileName(new FileInfo(Path.Combine(repository.Layout.Dists, suite)).LinkTarget!),
            CultureInfo.InvariantCulture
        );

    /// <summary>The file that holds a suite's index now.</summary>
    public static string IndexFile(this Repository repository, string suite, string architecture = "all")
    {
        var index = new FileInfo(
            Path.Combine(repository.Layout.Dists, suite, $"main/binary-{architecture}/Packages.gz")
        );
        return Path.Combine(repository.Layout.SuiteOf(suite), "by-hash/SHA256", Path.GetFileName(index.LinkTarget!));
    }

    /// <summary>What a suite's index lists, as <c>NAME VERSION</c>.</summary>
    public static IReadOnlyList<string> Listed(this Repository repository, string suite, string architecture = "all")
    {
        using var gzip = new GZipStream(
            File.OpenRead(repository.IndexFile(suite, architecture)),
            CompressionMode.Decompress
        );
        using var reader = new StreamReader(gzip);
        return
        [
            .. reader
                .ReadToEnd()
                .Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
                .Select(stanza => $"{FieldOf(stanza, "Package")} {FieldOf(stanza, "Version")}"),
        ];
    }

    private static string FieldOf(string stanza, string name) =>
        stanza.Split('\n').First(line => line.StartsWith($"{name}: ", StringComparison.Ordinal))[(name.Length + 2)..];
}
