using System.Diagnostics;
using System.Globalization;
using Canary.RepositoryPublisher.Packages;
using Canary.RepositoryPublisher.Pool;
using Canary.RepositoryPublisher.Suites;
using Canary.RepositoryPublisher.Tests.Fixtures;

namespace Canary.RepositoryPublisher.Tests;

/// <summary>
/// Not a test: prints how long one publication takes in repositories of several sizes. Run it alone with <c>dotnet run
/// -c Release --project tests/repository-publisher -- --explicit only --output Detailed --show-stdout All</c>.
/// </summary>
public sealed class PublishMeasurement(ITestOutputHelper output)
{
    private const int WarmUps = 150;
    private const int Runs = 40;

    [Theory(Explicit = true)]
    [InlineData(100)]
    [InlineData(1_000)]
    [InlineData(10_000)]
    public async Task Publishing_one_package_into_a_repository_of(int size)
    {
        using var data = new TempDirectory();
        await using (var empty = await Repository.StartAsync(data.Path))
        {
            await SeedAsync(empty, size);
        }

        var start = Stopwatch.GetTimestamp();
        await using var repository = await Repository.StartAsync(data.Path);
        var startUp = Stopwatch.GetElapsedTime(start);

        for (var run = 0; run < WarmUps; run++)
        {
            await TimeAsync(repository, DebPackage.Create($"warm{run:00000}"));
        }

        var updates = new List<double>();
        var additions = new List<double>();
        for (var run = 0; run < Runs; run++)
        {
            additions.Add(await TimeAsync(repository, DebPackage.Create($"new{run:00000}")));
            updates.Add(await TimeAsync(repository, DebPackage.Create($"bench{run * 97 % size:00000}", $"2.{run}")));
        }

        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"{size} packages: new package {Median(additions):0.0} ms, "
                + $"new version {Median(updates):0.0} ms (median of {Runs}); start {startUp.TotalMilliseconds:0} ms"
        );
        output.WriteLine(line);
    }

    private static async Task<double> TimeAsync(Repository repository, DebPackage package)
    {
        var start = Stopwatch.GetTimestamp();
        await repository.PublishAsync(package);
        await repository.AdvertiseAsync(package.Reference.Name, package.Reference.Version);
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private static Task<int> SeedAsync(Repository repository, int size) =>
        repository.InStoreAsync(async store =>
        {
            using var file = new TempDirectory();
            for (var i = 0; i < size; i++)
            {
                var package = DebPackage.Create($"bench{i:00000}");
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

    private static double Median(List<double> times) => times.Order().ElementAt(times.Count / 2);
}
