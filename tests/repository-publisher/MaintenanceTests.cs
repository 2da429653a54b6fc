using Canary.Contracts.Publishing;
using Canary.RepositoryPublisher.Indexes;
using Canary.RepositoryPublisher.Tests.Fixtures;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace Canary.RepositoryPublisher.Tests;

public sealed class MaintenanceTests
{
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());

    [Fact]
    public async Task Signature_is_renewed_before_it_lapses()
    {
        await using var repository = await Repository.StartAsync(time: _time, settings: ["ValidFor=4.00:00:00"]);
        var first = Release(repository);
        var start = _time.GetUtcNow();

        Pass(TimeSpan.FromDays(1));
        await repository.Suites.MaintainAsync(renew: false, CancellationToken.None);
        Release(repository).ShouldBe(first);

        Pass(TimeSpan.FromDays(1.5));
        await repository.Suites.MaintainAsync(renew: false, CancellationToken.None);
        ReleaseFile.ValidUntilOf(Release(repository))!.Value.ShouldBe(start.AddDays(6.5), TimeSpan.FromSeconds(2));
        // A little in the past: apt refuses what is dated in the future.
        ReleaseFile
            .DateOf(Release(repository))!
            .Value.ShouldBe(start.AddDays(2.5).AddMinutes(-10), TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task Index_past_its_time_is_refused_by_apt()
    {
        var past = new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddDays(-9));
        await using var repository = await Repository.StartAsync(time: past);
        using var host = repository.Host();

        var update = await host.UpdateAsync();

        update.ExitCode.ShouldNotBe(0);
        update.Text.ShouldContain("expired");
    }

    [Fact]
    public async Task Date_of_an_index_does_not_go_back_with_a_clock_that_was_a_little_ahead()
    {
        using var data = new TempDirectory();
        var later = new FakeTimeProvider(_time.GetUtcNow().AddMinutes(5));
        string before;
        await using (var repository = await Repository.StartAsync(data.Path, later))
        {
            await repository.ReleaseAsync("shop", "1.0");
            before = Release(repository);
        }

        await using var restarted = await Repository.StartAsync(data.Path, _time);
        await restarted.ReleaseAsync("shop", "2.0");

        ReleaseFile.DateOf(Release(restarted)).ShouldBe(ReleaseFile.DateOf(before));
    }

    [Fact]
    public async Task An_index_that_a_clock_far_ahead_has_dated_in_the_future_is_dated_anew_at_the_start()
    {
        using var data = new TempDirectory();
        var ahead = new FakeTimeProvider(_time.GetUtcNow().AddHours(3));
        await using (var repository = await Repository.StartAsync(data.Path, ahead))
        {
            await repository.ReleaseAsync("shop", "1.0");
            ReleaseFile.DateOf(Release(repository))!.Value.ShouldBeGreaterThan(_time.GetUtcNow());
        }

        // Hosts whose clock is right refuse that file as "not valid yet", and this one is the first that they take.
        await using var restarted = await Repository.StartAsync(data.Path, _time);

        ReleaseFile.DateOf(Release(restarted))!.Value.ShouldBeLessThan(_time.GetUtcNow());
    }

    [Theory]
    [InlineData("Date: ")]
    [InlineData("Valid-Until: ")]
    public async Task A_release_file_that_was_damaged_is_made_anew_at_the_start(string field)
    {
        using var data = new TempDirectory();
        await using (var repository = await Repository.StartAsync(data.Path, _time))
        {
            await repository.ReleaseAsync("shop", "1.0");
            var path = Path.Combine(repository.Layout.Dists, "production/Release");
            await File.WriteAllTextAsync(path, Release(repository).Replace(field, "Was: ", StringComparison.Ordinal));
        }

        await using var restarted = await Repository.StartAsync(data.Path, _time);

        ReleaseFile.DateOf(Release(restarted)).ShouldNotBeNull();
        ReleaseFile.ValidUntilOf(Release(restarted)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Superseded_index_stays_for_clients_mid_read_and_then_goes()
    {
        await using var repository = await Repository.StartAsync(
            time: _time,
            settings: ["SupersededRetention=1.00:00:00"]
        );
        await repository.ReleaseAsync("shop", "1.0");
        var index = repository.IndexFile("production");
        Pass(TimeSpan.FromDays(3));
        await repository.ReleaseAsync("shop", "2.0");

        Pass(TimeSpan.FromHours(23));
        await repository.Suites.MaintainAsync(renew: false, CancellationToken.None);
        File.Exists(index).ShouldBeTrue();

        Pass(TimeSpan.FromHours(2));
        await repository.Suites.MaintainAsync(renew: false, CancellationToken.None);
        File.Exists(index).ShouldBeFalse();
        repository.Listed("production").ShouldBe(["shop 1.0", "shop 2.0"]);
    }

    [Fact]
    public async Task What_releases_decided_last_is_not_forgotten()
    {
        await using var repository = await Repository.StartAsync(time: _time);
        await repository.ReleaseAsync("shop", "1.0");
        Pass(TimeSpan.FromMinutes(1));
        await repository.ReleaseAsync("shop", "2.0");

        Pass(TimeSpan.FromDays(100));
        await repository.Suites.MaintainAsync(renew: false, CancellationToken.None);

        (
            await repository.InStoreAsync(store => store.Requests.Select(it => it.Version).Distinct().ToListAsync())
        ).ShouldBe(["2.0"]);
    }

    [Fact]
    public async Task Package_that_no_suite_lists_leaves_the_pool_after_its_time()
    {
        await using var repository = await Repository.StartAsync(time: _time, settings: ["PoolRetention=1.00:00:00"]);
        await repository.ReleaseAsync("shop", "1.0");
        await repository.ReleaseAsync("shop", "2.0");
        await repository.WithdrawAsync("shop", "2.0");
        var withdrawn = Path.Combine(repository.Layout.Public, "pool/main/s/shop/shop_2.0_all.deb");

        await repository.Pool.SweepAsync(CancellationToken.None);
        Pass(TimeSpan.FromHours(23));
        await repository.Pool.SweepAsync(CancellationToken.None);
        File.Exists(withdrawn).ShouldBeTrue();

        Pass(TimeSpan.FromHours(2));
        await repository.Pool.SweepAsync(CancellationToken.None);
        File.Exists(withdrawn).ShouldBeFalse();
        (await repository.InStoreAsync(store => store.Packages.Select(it => it.Version).ToListAsync())).ShouldBe([
            "1.0",
        ]);
    }

    [Fact]
    public async Task Package_that_a_release_takes_up_again_begins_its_time_anew()
    {
        await using var repository = await Repository.StartAsync(time: _time, settings: ["PoolRetention=1.00:00:00"]);
        var package = await repository.PublishAsync("shop", "1.0");
        await repository.Pool.SweepAsync(CancellationToken.None);
        Pass(TimeSpan.FromDays(2));

        await repository.TakeInAsync(package);
        await repository.Pool.SweepAsync(CancellationToken.None);

        (await VersionsAsync(repository)).ShouldBe(["1.0"]);
    }

    [Fact]
    public async Task What_a_host_needs_stays_in_the_pool_until_a_newer_rollout_says_otherwise()
    {
        await using var repository = await Repository.StartAsync(time: _time, settings: ["PoolRetention=1.00:00:00"]);
        await repository.ReleaseAsync("shop", "1.0");
        await repository.ReleaseAsync("shop", "2.0");
        await repository.WithdrawAsync("shop", "2.0");
        (await KeepAsync(repository, number: 2, "1.0", "2.0", "0.9")).ShouldBe([new ListedVersion("shop", "0.9")]);
        await repository.Pool.SweepAsync(CancellationToken.None);
        Pass(TimeSpan.FromDays(2));

        (await KeepAsync(repository, number: 1, "1.0")).ShouldBeEmpty();
        await repository.Pool.SweepAsync(CancellationToken.None);
        (await VersionsAsync(repository)).ShouldBe(["1.0", "2.0"]);

        await KeepAsync(repository, number: 3, "1.0");
        await repository.Pool.SweepAsync(CancellationToken.None);
        (await VersionsAsync(repository)).ShouldBe(["1.0"]);
    }

    [Fact]
    public async Task Upload_that_nobody_publishes_is_removed_after_its_time()
    {
        await using var repository = await Repository.StartAsync();
        var package = DebPackage.Create();
        using var bytes = new MemoryStream(package.Bytes);
        await repository.Uploads.StoreAsync(package.Sha256, bytes, CancellationToken.None);

        repository.Uploads.Sweep(uploadedBefore: _time.GetUtcNow().AddHours(-1));
        repository.Uploads.Find(package.Sha256).ShouldNotBeNull();

        repository.Uploads.Sweep(uploadedBefore: _time.GetUtcNow().AddHours(1));
        repository.Uploads.Find(package.Sha256).ShouldBeNull();
    }

    [Fact]
    public async Task Changed_origin_is_published_at_the_next_start()
    {
        using var data = new TempDirectory();
        await using (await Repository.StartAsync(data.Path)) { }

        await using var repository = await Repository.StartAsync(data.Path, settings: ["Origin=Acme"]);

        Release(repository).ShouldContain("Origin: Acme\n");
    }

    [Fact]
    public async Task Keyring_is_written_by_one_replica_at_a_time()
    {
        using var data = new TempDirectory();
        var keyring = data.Combine("repository-publisher/public/canary-archive-keyring.pgp");
        var locks = new WatchedLocks(() => File.Exists(keyring));

        await using var repository = await Repository.StartAsync(data.Path, locks: locks);

        locks.Seen.ShouldContain((false, true));
    }

    [Fact]
    public async Task Key_that_is_replaced_on_purpose_signs_what_is_there_also_when_the_first_start_with_it_fails()
    {
        using var data = new TempDirectory();
        await using (var first = await Repository.StartAsync(data.Path))
        {
            await first.ReleaseAsync("shop", "1.0");
        }

        // As the remedy for a lost key says.
        Directory.Delete(data.Combine("repository-publisher/keys"), recursive: true);
        Directory.Delete(data.Combine("repository-publisher/public/dists"), recursive: true);
        File.Delete(data.Combine("repository-publisher/public/canary-archive-keyring.pgp"));
        File.Delete(data.Combine("repository-publisher/public/canary-archive-keyring.asc"));
        var fails = new WatchedLocks(() => throw new IOException("No space left on device"));
        await Should.ThrowAsync<IOException>(() => Repository.StartAsync(data.Path, locks: fails));

        await using var repository = await Repository.StartAsync(data.Path);
        using var host = repository.Host();
        (await host.UpdateAsync()).EnsureSuccess();
        repository.Listed("production").ShouldBe(["shop 1.0"]);
    }

    [Fact]
    public async Task Wrong_options_are_all_named_at_start()
    {
        var fault = await Should.ThrowAsync<OptionsValidationException>(() =>
            Repository.StartAsync(
                settings:
                [
                    "Suites:0=../canary",
                    "Architectures:0=AMD64",
                    "Origin= ",
                    "RetainedVersions=0",
                    "ValidFor=00:00:01",
                    "MaximumPackageSize=1",
                ]
            )
        );

        foreach (
            var key in new[]
            {
                "suites",
                "architectures",
                "origin",
                "retained-versions",
                "valid-for",
                "maximum-package-size",
            }
        )
        {
            fault.Message.ShouldContain($"repository-publisher.{key}: ");
        }
    }

    /// <summary>No timer runs for it: days of those that look every few seconds take minutes.</summary>
    private void Pass(TimeSpan time) => _time.AdjustTime(_time.GetUtcNow() + time);

    private static string Release(Repository repository) =>
        File.ReadAllText(Path.Combine(repository.Layout.Dists, "production/Release"));

    private static Task<IReadOnlyList<ListedVersion>> KeepAsync(
        Repository repository,
        long number,
        params string[] versions
    ) =>
        repository.Pool.KeepAsync(
            new KeepVersions
            {
                RequestId = Guid.NewGuid(),
                RolloutId = Guid.NewGuid(),
                Application = "shop",
                Number = number,
                Versions = [.. versions.Select(version => new ListedVersion("shop", version))],
            },
            CancellationToken.None
        );

    private static Task<List<string>> VersionsAsync(Repository repository) =>
        repository.InStoreAsync(store =>
            store.Packages.OrderBy(it => it.Version).Select(it => it.Version).ToListAsync()
        );
}
