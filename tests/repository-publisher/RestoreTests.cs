using Canary.Contracts.Publishing;
using Canary.RepositoryPublisher.Tests.Fixtures;

namespace Canary.RepositoryPublisher.Tests;

/// <summary>A suite lists again what hosts go back to, whatever sorts higher.</summary>
public sealed class RestoreTests
{
    [Fact]
    public async Task The_version_of_before_is_offered_again_though_it_sorts_higher()
    {
        await using var repository = await Repository.StartAsync();
        await repository.ReleaseAsync("shop", "2.0");
        await repository.ReleaseAsync("shop", "1.9");
        repository.Listed("production").ShouldBe(["shop 1.9"]);

        var answer = await repository.WithdrawAsync("shop", "1.9", restores: new ListedVersion("shop", "2.0"));

        answer
            .ShouldBeOfType<VersionWithdrawn>()
            .ShouldSatisfyAllConditions(
                it => it.CurrentVersion.ShouldBe("2.0"),
                it => it.Restored.ShouldBe([new ListedVersion("shop", "2.0")])
            );
        repository.Listed("production").ShouldBe(["shop 2.0"]);
    }

    [Fact]
    public async Task What_the_pool_has_not_or_apt_would_offer_instead_is_not_restored()
    {
        await using var repository = await Repository.StartAsync();
        await repository.PublishAsync("shop", "2.5");
        await repository.PublishAsync("shop", "1.0");
        await repository.ReleaseAsync("shop", "2.0");
        await repository.ReleaseAsync("shop", "3.0");
        ListedVersion[] wanted = [new("shop", "2.0"), new("shop", "2.5"), new("shop", "1.0"), new("shop", "0.1")];

        var answer = await repository.WithdrawAsync("shop", "3.0", restores: wanted);

        answer
            .ShouldBeOfType<VersionWithdrawn>()
            .Restored.ShouldBe([new ListedVersion("shop", "2.0"), new ListedVersion("shop", "1.0")]);
        repository.Listed("production").ShouldBe(["shop 2.0", "shop 1.0"], ignoreOrder: true);
    }

    [Fact]
    public async Task A_package_of_another_name_is_restored_in_the_same_step_and_a_repeat_gets_the_same_answer()
    {
        await using var repository = await Repository.StartAsync();
        await repository.PublishAsync("rn", "1.0");
        await repository.ReleaseAsync("rn-web", "2.0");
        var (rollout, request) = (Guid.NewGuid(), Guid.NewGuid());
        var before = repository.Generation("production");

        var first = await repository.WithdrawAsync(
            "rn-web",
            "2.0",
            rollout: rollout,
            request: request,
            restores: new ListedVersion("rn", "1.0")
        );
        var again = await repository.WithdrawAsync(
            "rn-web",
            "2.0",
            rollout: rollout,
            request: request,
            restores: new ListedVersion("rn", "1.0")
        );

        repository.Listed("production").ShouldBe(["rn 1.0"]);
        repository.Generation("production").ShouldBe(before + 1);
        again.ShouldBeOfType<VersionWithdrawn>().Restored.ShouldBe(first.ShouldBeOfType<VersionWithdrawn>().Restored);
    }
}
