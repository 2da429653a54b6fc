using Canary.Contracts.Publishing;
using Canary.RepositoryPublisher.Import;
using Canary.RepositoryPublisher.Tests.Fixtures;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.RepositoryPublisher.Tests.Suites;

public sealed class SuiteWriterTests
{
    [Fact]
    public async Task Answer_names_the_version_offered_before()
    {
        await using var repository = await Repository.StartAsync();
        await repository.PublishAsync("shop", "1.0");
        await repository.PublishAsync("shop", "2.0");

        var first = await repository.AdvertiseAsync("shop", "1.0");
        var second = await repository.AdvertiseAsync("shop", "2.0", percentage: 0);
        var raised = await repository.AdvertiseAsync("shop", "2.0", percentage: 100);

        first.ShouldBeOfType<VersionAdvertised>().PreviousVersion.ShouldBeNull();
        second.ShouldBeOfType<VersionAdvertised>().PreviousVersion.ShouldBe("1.0");
        raised.ShouldBeOfType<VersionAdvertised>().PreviousVersion.ShouldBe("1.0");
    }

    [Fact]
    public async Task Withdrawal_of_the_only_version_leaves_none()
    {
        await using var repository = await Repository.StartAsync();
        await repository.ReleaseAsync("shop", "1.0");

        var answer = await repository.WithdrawAsync("shop", "1.0");

        answer.ShouldBeOfType<VersionWithdrawn>().CurrentVersion.ShouldBeNull();
        repository.Listed("production").ShouldBeEmpty();
    }

    [Fact]
    public async Task Withdrawal_of_a_version_that_is_not_listed_changes_nothing()
    {
        await using var repository = await Repository.StartAsync();
        await repository.ReleaseAsync("shop", "1.0");
        var before = repository.Generation("production");

        var answer = await repository.WithdrawAsync("shop", "9.9");

        answer.ShouldBeOfType<VersionWithdrawn>().CurrentVersion.ShouldBe("1.0");
        repository.Generation("production").ShouldBe(before);
    }

    [Fact]
    public async Task Advertising_an_older_version_takes_the_newer_ones_out()
    {
        await using var repository = await Repository.StartAsync();
        await repository.ReleaseAsync("shop", "1.0");
        await repository.ReleaseAsync("shop", "2.0");
        await repository.ReleaseAsync("shop", "3.0");

        var answer = await repository.AdvertiseAsync("shop", "1.0");

        answer.ShouldBeOfType<VersionAdvertised>().PreviousVersion.ShouldBe("3.0");
        repository.Listed("production").ShouldBe(["shop 1.0"]);
    }

    [Fact]
    public async Task Suite_keeps_as_many_older_versions_as_it_is_told()
    {
        await using var repository = await Repository.StartAsync(settings: ["RetainedVersions=2"]);
        foreach (var version in new[] { "1.0", "2.0", "10.0", "11.0" })
        {
            await repository.ReleaseAsync("shop", version);
        }

        repository.Listed("production").ShouldBe(["shop 2.0", "shop 10.0", "shop 11.0"]);
    }

    [Fact]
    public async Task All_architectures_of_a_version_are_advertised_together()
    {
        await using var repository = await Repository.StartAsync();
        await repository.PublishAsync("shop", "1.0", "amd64");
        await repository.PublishAsync("shop", "1.0", "arm64");
        await repository.AdvertiseAsync("shop", "1.0");

        repository.Listed("production", "amd64").ShouldBe(["shop 1.0"]);
        repository.Listed("production", "arm64").ShouldBe(["shop 1.0"]);
        repository.Listed("production", "all").ShouldBeEmpty();
    }

    [Fact]
    public async Task Repeated_request_gets_the_same_answer_and_changes_nothing()
    {
        await using var repository = await Repository.StartAsync();
        await repository.ReleaseAsync("shop", "1.0");
        await repository.PublishAsync("shop", "2.0");
        var request = Guid.NewGuid();
        var first = await repository.AdvertiseAsync("shop", "2.0", percentage: 0, request: request);
        await repository.AdvertiseAsync("shop", "2.0", percentage: 100);
        var before = repository.Generation("production");

        var repeated = await repository.AdvertiseAsync("shop", "2.0", percentage: 0, request: request);

        repeated.ShouldBe(first);
        repository.Generation("production").ShouldBe(before);
    }

    [Fact]
    public async Task Late_message_of_a_rollout_does_not_bring_a_withdrawn_version_back()
    {
        await using var repository = await Repository.StartAsync();
        await repository.ReleaseAsync("shop", "1.0");
        await repository.PublishAsync("shop", "2.0");
        var rollout = Guid.NewGuid();
        await repository.WithdrawAsync("shop", "2.0", rollout: rollout);

        var late = await repository.AdvertiseAsync("shop", "2.0", percentage: 0, rollout: rollout);

        late.ShouldBeOfType<AdvertisingFailed>().Failure.Code.ShouldBe("version-withdrawn");
        repository.Listed("production").ShouldBe(["shop 1.0"]);
    }

    [Theory]
    [InlineData("shop", "1.0", "staging", 100, "suite-unknown")]
    [InlineData("shop", "1.0", "../canary", 100, "suite-unknown")]
    [InlineData("shop", "9.9", "canary", 100, "version-not-published")]
    [InlineData("../shop", "1.0", "canary", 100, "version-not-published")]
    [InlineData("shop", "1.0", "canary", 101, "phase-out-of-range")]
    [InlineData("shop", "1.0", "canary", -1, "phase-out-of-range")]
    public async Task Impossible_request_is_answered_with_its_reason(
        string package,
        string version,
        string suite,
        int percentage,
        string code
    )
    {
        await using var repository = await Repository.StartAsync();
        await repository.PublishAsync("shop", "1.0");

        var answer = await repository.AdvertiseAsync(package, version, suite, percentage);

        var failure = answer.ShouldBeOfType<AdvertisingFailed>().Failure;
        failure.Code.ShouldBe(code);
        failure.Remedy.ShouldNotBeEmpty();
    }

    [Fact]
    public async Task Requests_that_arrive_together_share_generations()
    {
        await using var repository = await Repository.StartAsync();
        var packages = Enumerable.Range(0, 60).Select(i => $"app{i:00}").ToList();
        foreach (var package in packages)
        {
            await repository.PublishAsync(package, "1.0");
        }

        var before = repository.Generation("production");
        await Task.WhenAll(packages.Select(package => Task.Run(() => repository.AdvertiseAsync(package, "1.0"))));

        repository.Listed("production").Order().ShouldBe(packages.Select(package => $"{package} 1.0"));
        (repository.Generation("production") - before).ShouldBeLessThan(packages.Count);
    }

    [Fact]
    public async Task Requests_for_one_package_that_arrive_together_are_carried_out_one_after_another()
    {
        await using var repository = await Repository.StartAsync();
        await repository.PublishAsync("shop", "1.0");
        await repository.PublishAsync("shop", "2.0");
        await repository.AdvertiseAsync("shop", "1.0");

        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, 30)
                .Select(i =>
                    Task.Run(() =>
                        i % 2 == 0 ? repository.AdvertiseAsync("shop", "2.0") : repository.WithdrawAsync("shop", "2.0")
                    )
                )
        );
        await repository.AdvertiseAsync("shop", "2.0");

        answers.ShouldAllBe(answer => answer is VersionAdvertised || answer is VersionWithdrawn);
        repository.Listed("production").ShouldBe(["shop 1.0", "shop 2.0"]);
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    public async Task After_any_changes_the_index_equals_one_made_anew_from_the_store(int seed)
    {
        using var data = new TempDirectory();
        var random = new Random(seed);
        string[] packages = ["shop", "shop-api", "libshop1"];
        IReadOnlyList<string> listed;
        long generation;
        await using (var repository = await Repository.StartAsync(data.Path, settings: ["RetainedVersions=2"]))
        {
            foreach (var package in packages)
            {
                for (var version = 1; version <= 6; version++)
                {
                    await repository.PublishAsync(package, $"{version}.0", version % 3 == 0 ? "amd64" : "all");
                }
            }

            for (var step = 0; step < 60; step++)
            {
                var package = packages[random.Next(packages.Length)];
                var version = $"{random.Next(1, 7)}.0";
                _ =
                    random.Next(3) > 0
                        ? await repository.AdvertiseAsync(package, version, percentage: random.Next(0, 101))
                        : await repository.WithdrawAsync(package, version);
            }

            listed = [.. repository.Listed("production", "all"), .. repository.Listed("production", "amd64")];
            var stored = await repository.InStoreAsync(store =>
                store.Entries.Where(it => it.Suite == "production").Select(it => it.Package).ToListAsync()
            );
            listed.Order().ShouldBe(stored.Select(it => $"{it.Name} {it.Version}").Order());
            stored
                .GroupBy(it => it.Name)
                .ShouldAllBe(versions => versions.Select(it => it.Version).Distinct().Count() <= 3);
            generation = repository.Generation("production");
        }

        // A restart makes the indexes anew, and publishes them only if they differ from what is on disk.
        await using var restarted = await Repository.StartAsync(data.Path, settings: ["RetainedVersions=2"]);
        restarted.Generation("production").ShouldBe(generation);
        IReadOnlyList<string> again =
        [
            .. restarted.Listed("production", "all"),
            .. restarted.Listed("production", "amd64"),
        ];
        again.ShouldBe(listed);
    }

    [Fact]
    public async Task Versions_are_listed_in_the_order_of_Debian()
    {
        await using var repository = await Repository.StartAsync();
        foreach (var version in new[] { "1.0~rc1", "1.0", "1.0-1", "1.9", "1.10" })
        {
            await repository.ReleaseAsync("shop", version);
        }

        var answer = await repository.WithdrawAsync("shop", "1.10");

        answer.ShouldBeOfType<VersionWithdrawn>().CurrentVersion.ShouldBe("1.9");
    }

    [Fact]
    public async Task What_a_release_has_decided_is_not_undone_by_an_import_that_is_repeated()
    {
        await using var repository = await Repository.StartAsync();
        await repository.PublishAsync("shop", "1.9");
        await repository.PublishAsync("shop", "2.0");
        (await ImportAsync(repository, "1.9", "2.0")).State.ShouldBe(RepositoryImport.Listed);
        await repository.WithdrawAsync("shop", "2.0");

        var again = await ImportAsync(repository, "1.9", "2.0");

        again.State.ShouldBe(RepositoryImport.Kept);
        again.Offered.ShouldBe("1.9");
        repository.Listed("production").ShouldBe(["shop 1.9"]);
    }

    [Fact]
    public async Task An_import_that_is_repeated_brings_what_is_new_where_no_release_has_decided()
    {
        await using var repository = await Repository.StartAsync();
        await repository.PublishAsync("shop", "1.9");
        await repository.PublishAsync("shop", "2.0");
        (await ImportAsync(repository, "1.9")).State.ShouldBe(RepositoryImport.Listed);

        var again = await ImportAsync(repository, "1.9", "2.0");

        again.State.ShouldBe(RepositoryImport.Listed);
        again.Offered.ShouldBe("2.0");
    }

    private static async Task<ListingOutcome> ImportAsync(Repository repository, params string[] versions)
    {
        var listing = new ForeignListing
        {
            Suite = "production",
            Application = "shop",
            Package = "shop",
            Versions = versions,
        };
        var answer = await repository.InScopeAsync(services =>
            services.GetRequiredService<RepositoryImport>().ListAsync([listing], CancellationToken.None)
        );
        return answer.Listings.Single();
    }
}
