using Canary.Packager.Deb;
using Canary.Packager.Metadata;
using Canary.Testing;
using SourceTree = Canary.Packager.Source.SourceTree;

namespace Canary.Packager.Tests.Fixtures;

/// <summary>Makes packages of directories, as the job does of a checkout.</summary>
internal static class Packing
{
    public static readonly CommitFacts Commit = new(
        "0123456789abcdef0123456789abcdef01234567",
        DateTimeOffset.FromUnixTimeSeconds(1_700_000_000),
        "Ada Author",
        "ada@example.org",
        "Open the shop"
    );

    /// <summary>What <see cref="Commit"/> adds to a version.</summary>
    public const string CommitSuffix = "-1700000000.g0123456";

    public static PackageSpec Plan(
        string directory,
        string application = "shop",
        CommitFacts? commit = null,
        PackagerOptions? options = null,
        string[]? filtered = null
    )
    {
        var tree = SourceTree.Read(directory, filtered);
        return PackagePlanner.Plan(
            application,
            commit ?? Commit,
            tree,
            MetadataReader.Read(tree),
            options ?? new PackagerOptions()
        );
    }

    public static BuiltPackage Pack(
        string directory,
        string output,
        string application = "shop",
        CommitFacts? commit = null,
        PackagerOptions? options = null
    ) => new DebBuilder(options?.Threads ?? 2).Build(Plan(directory, application, commit, options), output);

    /// <summary>Runs dpkg-deb on a package and returns what it printed.</summary>
    public static Task<string> DpkgDebAsync(BuiltPackage package, string option, params string[] more) =>
        ProcessRunner.OutputOfAsync("dpkg-deb", [option, package.Path, .. more]);

    /// <summary>The contents as tar lists them, with numeric owners and UTC times.</summary>
    public static async Task<IReadOnlyList<string>> ContentsAsync(BuiltPackage package, TempDirectory directory)
    {
        var tar = directory.Combine("data.tar");
        await ProcessRunner.OutputOfAsync(
            "sh",
            ["-c", "dpkg-deb --fsys-tarfile \"$1\" > \"$2\"", "sh", package.Path, tar]
        );
        var list = await ProcessRunner.OutputOfAsync(
            "tar",
            [
                "--list",
                "--verbose",
                "--numeric-owner",
                "--full-time",
                "--utc",
                "--quoting-style=literal",
                "--file",
                tar,
            ],
            environment: new Dictionary<string, string?> { ["LC_ALL"] = "C.UTF-8" }
        );
        return list.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>A field of the control file.</summary>
    public static async Task<string> FieldAsync(BuiltPackage package, string field) =>
        (await DpkgDebAsync(package, "--field", field)).TrimEnd('\n');
}
