using Canary.RepositoryPublisher.Tests.Fixtures;

namespace Canary.RepositoryPublisher.Tests;

/// <summary>G5: apt never sees an inconsistent repository.</summary>
public sealed class AtomicityTests
{
    private const int Publications = 100;
    private const int Kills = 5;

    [Theory]
    [InlineData("canary")]
    [InlineData("production")]
    public async Task Hosts_that_update_all_the_time_never_meet_an_error_while_packages_are_published(string suite)
    {
        await using var repository = await Repository.StartAsync();
        using var stop = new CancellationTokenSource();
        var updates = Enumerable
            .Range(0, 2)
            .Select(_ => Task.Run(() => UpdateUntilAsync(repository, suite, stop.Token)));
        var running = updates.ToList();

        for (var i = 0; i < Publications; i++)
        {
            await repository.ReleaseAsync($"app{i % 7}", $"1.{i}", suite);
        }

        await stop.CancelAsync();
        (await Task.WhenAll(running)).ShouldAllBe(count => count > 0);
    }

    [Fact]
    public async Task Repository_is_whole_whenever_its_publisher_is_killed()
    {
        using var data = new TempDirectory();
        var random = new Random(1);
        for (var kill = 0; kill < Kills; kill++)
        {
            using (var publisher = await RestlessPublisher.StartAsync(data.Path))
            {
                await ChangesAsync(data.Path, random.Next(1, 12));
                await publisher.KillAsync();
            }

            // As another server would serve it, with nothing repaired.
            var served = Path.Combine(data.Path, "repository-publisher", "public");
            var key = await File.ReadAllBytesAsync(Path.Combine(served, "canary-archive-keyring.pgp"));
            using var host = new AptHost(new Uri($"file://{served}/"), key);
            (await host.UpdateAsync()).EnsureSuccess();
        }

        await using var repository = await Repository.StartAsync(data.Path);
        await ShouldBeConsistentAsync(repository);
    }

    [Fact]
    public async Task Generation_that_was_never_switched_to_is_removed_at_start()
    {
        using var data = new TempDirectory();
        string leftover;
        long generation;
        await using (var repository = await Repository.StartAsync(data.Path))
        {
            await repository.ReleaseAsync("shop", "1.0");
            generation = repository.Generation("production");
            leftover = Path.Combine(repository.Layout.SuiteOf("production"), $"{generation + 1}");
            Directory.CreateDirectory(Path.Combine(leftover, "main"));
            await File.WriteAllTextAsync(
                Path.Combine(repository.Layout.SuiteOf("production"), "by-hash", "SHA256", "0.part"),
                "half"
            );
        }

        await using var restarted = await Repository.StartAsync(data.Path);

        Directory.Exists(leftover).ShouldBeFalse();
        restarted.Generation("production").ShouldBe(generation);
        Directory
            .GetFiles(restarted.Layout.SuiteOf("production"), "*.part", SearchOption.AllDirectories)
            .ShouldBeEmpty();
    }

    [Fact]
    public async Task Switch_that_a_crash_prevented_is_made_up_for_at_start()
    {
        using var data = new TempDirectory();
        await using (var repository = await Repository.StartAsync(data.Path))
        {
            await repository.ReleaseAsync("shop", "1.0");
            var before = new FileInfo(Path.Combine(repository.Layout.Dists, "production")).LinkTarget!;
            await repository.ReleaseAsync("shop", "2.0");
            var link = Path.Combine(repository.Layout.Dists, "production");
            File.Delete(link);
            File.CreateSymbolicLink(link, before);
        }

        await using var restarted = await Repository.StartAsync(data.Path);

        restarted.Listed("production").ShouldBe(["shop 1.0", "shop 2.0"]);
    }

    private static async Task<int> UpdateUntilAsync(Repository repository, string suite, CancellationToken stop)
    {
        using var host = repository.Host(suite);
        var count = 0;
        while (!stop.IsCancellationRequested)
        {
            (await host.UpdateAsync()).EnsureSuccess();
            count++;
        }

        return count;
    }

    private static async Task ChangesAsync(string data, int count)
    {
        var link = new FileInfo(Path.Combine(data, "repository-publisher", "public", "dists", "production"));
        var seen = new HashSet<string>();
        await Eventually.TrueAsync(() =>
        {
            link.Refresh();
            seen.Add(link.LinkTarget!);
            return seen.Count > count;
        });
    }

    private static async Task ShouldBeConsistentAsync(Repository repository)
    {
        var stored = await repository.InStoreAsync(store =>
            Task.FromResult(
                store
                    .Entries.Where(it => it.Suite == "production")
                    .OrderBy(it => it.Sequence)
                    .Select(it => $"{it.Package.Name} {it.Package.Version}")
                    .ToList()
            )
        );
        repository.Listed("production").ShouldBe(stored);
        using var host = repository.Host();
        (await host.UpdateAsync()).EnsureSuccess();
    }
}
