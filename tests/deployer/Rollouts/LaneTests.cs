using Canary.Contracts.Deploying;
using Canary.Testing;

namespace Canary.Deployer.Tests.Rollouts;

public sealed class LaneTests
{
    [Fact]
    public async Task The_second_rollout_of_an_application_waits_for_the_first_and_says_so()
    {
        await using var host = await DeployerHost.StartAsync();
        var first = await host.RollOutAsync("2.0", PromotionPolicy.Manual, number: 1);
        await host.InStateAsync(first, RolloutStates.AwaitingPromotion);

        var second = await host.RollOutAsync("3.0", number: 2);
        var queued = await host.InStateAsync(second, RolloutStates.Queued);

        queued.WaitingFor.ShouldBe(
            $"release {first.ToString()[..8]} of the same application to end; see how far it is: canary releases show {first.ToString()[..8]}"
        );
        queued.HostsReached.ShouldBeFalse();

        await host.PromoteAsync(first);
        (await host.EndAsync(first)).State.ShouldBe(RolloutStates.Completed);
        (await host.EndAsync(second)).State.ShouldBe(RolloutStates.Completed);
        host.Fleet.VersionOn("web-3").ShouldBe("3.0");
    }

    [Fact]
    public async Task The_newest_of_those_that_wait_starts_and_the_others_are_superseded()
    {
        await using var host = await DeployerHost.StartAsync();
        var first = await host.RollOutAsync("2.0", PromotionPolicy.Manual, number: 1);
        await host.InStateAsync(first, RolloutStates.AwaitingPromotion);
        var third = await host.RollOutAsync("4.0", number: 3);
        await host.InStateAsync(third, RolloutStates.Queued);
        var second = await host.RollOutAsync("3.0", number: 2);
        await host.InStateAsync(second, RolloutStates.Queued);

        await host.RollBackAsync(first);

        (await host.EndAsync(first)).State.ShouldBe(RolloutStates.RolledBack);
        (await host.EndAsync(second)).State.ShouldBe(RolloutStates.Superseded);
        (await host.EndAsync(third)).State.ShouldBe(RolloutStates.Completed);
        host.Fleet.Deeds.ShouldNotContain("canary-1 install 3.0");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_rollout_that_waits_can_be_ended(bool byPerson)
    {
        await using var host = await DeployerHost.StartAsync();
        var first = await host.RollOutAsync("2.0", PromotionPolicy.Manual, number: 1);
        await host.InStateAsync(first, RolloutStates.AwaitingPromotion);
        var second = await host.RollOutAsync("3.0", number: 2);
        await host.InStateAsync(second, RolloutStates.Queued);

        await (byPerson ? host.RollBackAsync(second) : host.SupersedeAsync(second));

        (await host.EndAsync(second)).State.ShouldBe(byPerson ? RolloutStates.RolledBack : RolloutStates.Superseded);
        host.Latest(first)!.State.ShouldBe(RolloutStates.AwaitingPromotion);
    }

    [Fact]
    public async Task A_push_that_comes_later_than_a_newer_one_does_not_take_the_fleet_back()
    {
        await using var host = await DeployerHost.StartAsync();
        await host.EndAsync(await host.RollOutAsync("3.0", number: 2));

        var late = await host.RollOutAsync("2.0", number: 1);

        (await host.EndAsync(late)).State.ShouldBe(RolloutStates.Superseded);
        host.Fleet.VersionOn("web-1").ShouldBe("3.0");
    }

    [Fact]
    public async Task Many_rollouts_at_once_run_one_after_the_other()
    {
        await using var host = await DeployerHost.StartAsync();

        var ids = await Task.WhenAll(Enumerable.Range(2, 8).Select(i => host.RollOutAsync($"{i}.0", number: i)));
        var ends = await Task.WhenAll(ids.Select(host.EndAsync));

        ends.Where(x => x.State != RolloutStates.Completed).ShouldAllBe(x => x.State == RolloutStates.Superseded);
        ends[^1].State.ShouldBe(RolloutStates.Completed);
        host.Fleet.VersionOn("web-1").ShouldBe("9.0");
    }
}
