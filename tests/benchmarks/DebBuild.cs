using System.Diagnostics;
using Canary.Packager;
using Canary.Packager.Deb;
using Canary.Packager.Metadata;
using Canary.Packager.Source;
using Canary.Testing;
using SourceTree = Canary.Packager.Source.SourceTree;

namespace Canary.Benchmarks;

/// <summary>
/// Building a package, from the names of the files to the finished file with its SHA-256, warm. Beside it dpkg-deb at the same
/// compression, with the <c>md5sums</c> that ours has too.
/// </summary>
internal sealed class DebBuild : IBenchmark
{
    private static readonly (string Name, int Files, long Bytes, double? Goal)[] Sizes =
    [
        ("20 files, 200 kB", 20, 200_000, 5),
        ("2,000 files, 20 MB", 2_000, 20_000_000, null),
        ("10,000 files, 200 MB", 10_000, 200_000_000, null),
    ];

    private static readonly Compression[] Compressions = [Compression.Zstd, Compression.Gzip, Compression.Xz];

    public string Name => "deb-build";

    public async Task RunAsync(Settings settings, Rows rows, CancellationToken cancellationToken)
    {
        foreach (var (size, files, bytes, goal) in Sizes.Take(settings.Repetitions(full: 3, quick: 2)))
        {
            using var directory = new TempDirectory();
            // One tree for both: dpkg-deb packs what lies below its root, ours what lies below the checkout.
            var root = directory.Combine("root");
            var application = Path.Combine(root, "opt", "app");
            ApplicationTree.Create(application, files, bytes);
            foreach (var compression in settings.Quick ? Compressions[..1] : Compressions)
            {
                var repetitions = settings.Repetitions(
                    full: files > 5_000 || compression == Compression.Xz ? 3 : 11,
                    quick: 2
                );
                var words = $"{size}, {compression.ToString().ToLowerInvariant()}";
                rows.Add(
                    Row.Milliseconds(words, await Ours(application, directory, compression, repetitions)) with
                    {
                        Goal = compression == Compression.Zstd ? goal : null,
                    }
                );
                rows.Add(
                    Row.Milliseconds(
                        "  dpkg-deb with md5sums",
                        await Peer(root, directory, compression, repetitions, cancellationToken)
                    )
                );
            }
        }
    }

    private static Task<List<TimeSpan>> Ours(
        string application,
        TempDirectory directory,
        Compression compression,
        int repetitions
    )
    {
        var commit = new CommitFacts(
            new string('a', 40),
            DateTimeOffset.UnixEpoch.AddYears(50),
            "Ada",
            "ada@example.org",
            "Change"
        );
        var options = new PackagerOptions { Compression = compression };
        return RepeatAsync(
            repetitions,
            // Code that ran often is compiled again, better: that is what warm means for us.
            warmUps: repetitions > 3 ? 30 : 1,
            () =>
            {
                var tree = SourceTree.Read(application);
                var package = PackagePlanner.Plan("app", commit, tree, MetadataReader.Read(tree), options);
                new DebBuilder(options.ThreadsOrDefault).Build(package, directory.Combine("ours.deb"));
                return Task.CompletedTask;
            }
        );
    }

    private static Task<List<TimeSpan>> Peer(
        string root,
        TempDirectory directory,
        Compression compression,
        int repetitions,
        CancellationToken cancellationToken
    )
    {
        directory.WriteFile(
            "root/DEBIAN/control",
            "Package: app\nVersion: 1.0\nArchitecture: all\nMaintainer: Ada <ada@example.org>\nDescription: app\n"
        );
        return RepeatAsync(
            repetitions,
            warmUps: 1,
            () => DpkgDeb.PackAsync(root, directory.Combine("peer.deb"), compression, threads: null, cancellationToken)
        );
    }

    private static async Task<List<TimeSpan>> RepeatAsync(int repetitions, int warmUps, Func<Task> action)
    {
        var times = new List<TimeSpan>();
        for (var i = -warmUps; i < repetitions; i++)
        {
            var clock = Stopwatch.StartNew();
            await action();
            if (i >= 0)
            {
                times.Add(clock.Elapsed);
            }
        }

        return times;
    }
}
