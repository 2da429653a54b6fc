using System.Diagnostics;
using Canary.RepositoryPublisher.Packages;
using Canary.RepositoryPublisher.Pool;
using Canary.RepositoryPublisher.Suites;
using Canary.RepositoryPublisher.Tests.Fixtures;
using Canary.Testing;

namespace Canary.Benchmarks;

/// <summary>
/// Publishing one package in repositories of several sizes: from the upload to the signed suite that lists it, on disk for
/// good. Beside it reprepro, with a key of the same kind.
/// </summary>
internal sealed class Publish : IBenchmark
{
    private const int WarmUps = 150;

    public string Name => "publish";

    public async Task RunAsync(Settings settings, Rows rows, CancellationToken cancellationToken)
    {
        var repetitions = settings.Repetitions(full: 40, quick: 5);
        foreach (var size in new[] { 100, 1_000, 10_000 }.Take(settings.Repetitions(full: 3, quick: 1)))
        {
            rows.Add(Row.Milliseconds($"{size:N0} packages", await OursAsync(size, repetitions)) with { Goal = 15 });
            rows.Add(await PeerAsync(size, settings.Repetitions(full: 7, quick: 2), cancellationToken));
        }
    }

    private static async Task<List<TimeSpan>> OursAsync(int size, int repetitions)
    {
        using var data = new TempDirectory();
        await using (var empty = await Repository.StartAsync(data.Path))
        {
            await SeedAsync(empty, size);
        }

        await using var repository = await Repository.StartAsync(data.Path);
        for (var run = 0; run < WarmUps; run++)
        {
            await PublishAsync(repository, DebPackage.Create($"warm{run:00000}"));
        }

        var times = new List<TimeSpan>();
        for (var run = 0; run < repetitions; run++)
        {
            times.Add(await PublishAsync(repository, DebPackage.Create($"new{run:00000}")));
            times.Add(await PublishAsync(repository, DebPackage.Create(NameOf(run * 97 % size), $"2.{run}")));
        }

        return times;
    }

    private static async Task<TimeSpan> PublishAsync(Repository repository, DebPackage package)
    {
        var start = Stopwatch.GetTimestamp();
        await repository.PublishAsync(package);
        await repository.AdvertiseAsync(package.Reference.Name, package.Reference.Version);
        return Stopwatch.GetElapsedTime(start);
    }

    private static Task<int> SeedAsync(Repository repository, int size) =>
        repository.InStoreAsync(async store =>
        {
            using var file = new TempDirectory();
            for (var i = 0; i < size; i++)
            {
                var package = DebPackage.Create(NameOf(i));
                var path = file.Combine("package.deb");
                await File.WriteAllBytesAsync(path, package.Bytes);
                store.Entries.Add(
                    new SuiteEntry
                    {
                        Suite = "production",
                        Package = PoolPackage.From(
                            DebFile.Read(path),
                            package.Sha256,
                            package.Bytes.Length,
                            TimeProvider.System.GetUtcNow()
                        ),
                        Sequence = i,
                        PhasedPercentage = 100,
                    }
                );
            }

            return await store.SaveChangesAsync();
        });

    private static async Task<Row> PeerAsync(int size, int repetitions, CancellationToken cancellationToken)
    {
        const string name = "  reprepro";
        using var directory = new TempDirectory();
        var keys = new Dictionary<string, string?> { ["GNUPGHOME"] = directory.CreateDirectory("gnupg") };
        File.SetUnixFileMode(directory.Combine("gnupg"), FileModes.PrivateDirectory);
        try
        {
            await RepreproAsync("--version");
        }
        catch (FileNotFoundException)
        {
            return Row.Skipped(name, "ms", "not installed");
        }

        await ProcessRunner.OutputOfAsync(
            "gpg",
            ["--batch", "--quiet", "--passphrase", "", "--quick-generate-key", "bench", "ed25519", "sign", "never"],
            environment: keys,
            cancellationToken: cancellationToken
        );
        directory.WriteFile(
            "repo/conf/distributions",
            "Origin: bench\nCodename: stable\nSuite: stable\nArchitectures: amd64\nComponents: main\nSignWith: bench\n"
        );
        foreach (var chunk in Enumerable.Range(0, size).Select(i => Write(NameOf(i), "1.0")).Chunk(1_000))
        {
            await RepreproAsync(["includedeb", "stable", .. chunk]);
        }

        var times = new List<TimeSpan>();
        for (var run = 0; run < repetitions; run++)
        {
            var package = Write($"new{run:00000}", "1.0");
            var start = Stopwatch.GetTimestamp();
            await RepreproAsync("includedeb", "stable", package);
            times.Add(Stopwatch.GetElapsedTime(start));
        }

        await ProcessRunner.RunAsync(
            "gpgconf",
            ["--kill", "all"],
            environment: keys,
            cancellationToken: cancellationToken
        );
        return Row.Milliseconds(name, times);

        string Write(string package, string version)
        {
            var path = directory.Combine($"{package}_{version}.deb");
            var fields = "Section: misc\n";
            File.WriteAllBytes(path, DebPackage.Create(package, version, fields: fields).Bytes);
            return path;
        }

        Task<string> RepreproAsync(params IEnumerable<string> arguments) =>
            ProcessRunner.OutputOfAsync(
                "reprepro",
                ["--silent", "-b", directory.Combine("repo"), .. arguments],
                environment: keys,
                cancellationToken: cancellationToken
            );
    }

    private static string NameOf(int number) => $"bench{number:00000}";
}
