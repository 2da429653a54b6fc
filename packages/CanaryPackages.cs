using Canary.Packager;
using Canary.Packager.Deb;
using Canary.Packager.Metadata;
using Canary.Packager.Source;

namespace Canary.Packages;

/// <summary>Makes all packages of Canary, each from a tree as an application's repository would be: <c>canary.yml</c>, units, scripts.</summary>
internal static class CanaryPackages
{
    private static readonly PackagerOptions Options = new() { Compression = Compression.Gzip };

    /// <summary>Makes them.</summary>
    /// <param name="sources">Root of the sources.</param>
    /// <param name="programs">Published programs: <c>server</c> and <c>cli</c>.</param>
    /// <param name="output">Directory for the packages.</param>
    /// <param name="version">Upstream version.</param>
    /// <param name="cancellation">Stops between two packages.</param>
    public static async Task<IReadOnlyList<MadePackage>> BuildAsync(
        string sources,
        string programs,
        string output,
        string version,
        CancellationToken cancellation
    )
    {
        var commit = await SourceCommit.ReadAsync(sources, cancellation);
        var trees = new PackageTrees(sources, programs, PackagePlanner.VersionOf(version, commit));
        Directory.CreateDirectory(output);
        var made = new List<MadePackage>();
        foreach (var name in PackageTrees.Names)
        {
            using var tree = await trees.LayOutAsync(name, cancellation);
            made.Add(Build(name, commit, tree.Path, output, version, cancellation));
        }

        return made;
    }

    private static MadePackage Build(
        string name,
        CommitFacts commit,
        string path,
        string output,
        string version,
        CancellationToken cancellation
    )
    {
        var tree = SourceTree.Read(path, cancellationToken: cancellation);
        var metadata = MetadataReader.Read(tree) with { Name = name, Version = version };
        var spec = PackagePlanner.Plan(name, commit, tree, metadata, Options);
        var file = Path.Combine(output, $"{spec.Name}_{spec.Version}_{spec.Architecture}.deb");
        var built = new DebBuilder(Options.ThreadsOrDefault).Build(spec, file, cancellation);
        Console.WriteLine($"{file} ({built.Size / 1024.0 / 1024.0:0.0} MiB)");
        return new MadePackage(spec, built);
    }
}
