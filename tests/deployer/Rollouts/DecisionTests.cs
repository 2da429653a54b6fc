using Canary.Contracts;
using Canary.Contracts.Deploying;
using Canary.Testing;
using MassTransit;

namespace Canary.Deployer.Tests.Rollouts;

public sealed class DecisionTests
{
    [Theory]
    [InlineData(RolloutStates.Preflight, "web-1 inspect", "", false)]
    [InlineData(RolloutStates.Preflight, "", "advertise canary", false)]
    [InlineData(RolloutStates.DeployingCanary, "canary-1 check", "", true)]
    [InlineData(RolloutStates.DeployingWave, "web-2 check", "", true)]
    [InlineData(RolloutStates.DeployingWave, "", "advertise production 2.0 0", true)]
    [InlineData(RolloutStates.DeployingWave, "", "advertise production 2.0 100", true)]
    public async Task A_rollout_at_work_can_be_rolled_back(
        string state,
        string hangingDeed,
        string silence,
        bool reached
    )
    {
        await using var host = await DeployerHost.StartAsync();
        host.Fleet.Hanging[hangingDeed] = true;
        if (silence.Length > 0)
        {
            host.Publisher.Silence.Add(silence);
        }

        var id = await host.RollOutAsync();
        await host.InStateAsync(id, state);
        await Eventually.TrueAsync(() =>
            silence.Length == 0 || host.Publisher.Requests.Any(x => x.StartsWith(silence))
        );
        await Eventually.TrueAsync(() =>
            !hangingDeed.EndsWith("check") || host.Fleet.Checks.Contains(hangingDeed[..^6])
        );
        await host.RollBackAsync(id);
        await Eventually.TrueAsync(() => host.Latest(id)!.Failure is not null);
        host.Fleet.Hanging.Clear();
        var end = await host.EndAsync(id);

        end.State.ShouldBe(RolloutStates.RolledBack);
        end.Failure!.Message.ShouldBe("Rolled back by ada: the shop is empty");
        end.HostsReached.ShouldBe(reached);
        foreach (var name in new[] { "canary-1", "web-1", "web-2", "web-3" })
        {
            host.Fleet.VersionOn(name).ShouldBe("1.0");
        }

        var listed = host
            .Publisher.Requests.Where(x => x.StartsWith("advertise"))
            .Select(x => x.Split(' ')[1])
            .Distinct();
        host.Publisher.Requests.Where(x => x.StartsWith("withdraw"))
            .Select(x => x.Split(' ')[1])
            .ShouldBe(listed, ignoreOrder: true);
    }

    [Theory]
    [InlineData(RolloutStates.Soaking, "01:00:00")]
    [InlineData(RolloutStates.AwaitingPromotion, "00:00:00")]
    public async Task A_rollout_that_waits_can_be_rolled_back(string state, string soak)
    {
        await using var host = await DeployerHost.StartAsync(("soak", soak));

        var id = await host.RollOutAsync(promotion: PromotionPolicy.Manual);
        await host.InStateAsync(id, state);
        await host.RollBackAsync(id);

        (await host.EndAsync(id)).State.ShouldBe(RolloutStates.RolledBack);
        host.Fleet.VersionOn("canary-1").ShouldBe("1.0");
    }

    [Fact]
    public async Task A_rollback_of_a_rollout_that_has_ended_changes_nothing()
    {
        await using var host = await DeployerHost.StartAsync();
        var id = await host.RollOutAsync();
        var end = await host.EndAsync(id);

        await host.RollBackAsync(id);
        await host.SendAsync(DeployerHost.Start(id));

        await Eventually.TrueAsync(() => host.Latest(id)!.Revision == end.Revision + 1);
        host.Latest(id)!.State.ShouldBe(RolloutStates.Completed);
        host.Fleet.VersionOn("web-1").ShouldBe("2.0");
    }

    [Fact]
    public async Task A_promotion_during_the_soak_ends_it()
    {
        await using var host = await DeployerHost.StartAsync(("soak", "01:00:00"));

        var id = await host.RollOutAsync(promotion: PromotionPolicy.Manual);
        await host.InStateAsync(id, RolloutStates.Soaking);
        await host.PromoteAsync(id);
        var end = await host.EndAsync(id);

        end.State.ShouldBe(RolloutStates.Completed);
        end.Stages.Single(x => x.Name == "soak").Detail.ShouldBe("ended by ada");
        end.Stages.Single(x => x.Name == "promotion").Detail.ShouldBe("by ada");
    }

    [Fact]
    public async Task A_promotion_before_the_canaries_run_is_no_promotion()
    {
        await using var host = await DeployerHost.StartAsync();
        host.Fleet.Hanging["canary-1 install 2.0"] = true;

        var id = await host.RollOutAsync(promotion: PromotionPolicy.Manual);
        await host.InStateAsync(id, RolloutStates.DeployingCanary);
        await host.PromoteAsync(id);
        await host.SendAsync(DeployerHost.Start(id));
        await Eventually.TrueAsync(() =>
            host.Heard.Messages.OfType<RolloutChanged>().Count(x => x.State == RolloutStates.DeployingCanary) > 1
        );
        host.Fleet.Hanging.Clear();

        await host.InStateAsync(id, RolloutStates.AwaitingPromotion);
    }

    [Fact]
    public async Task A_rollout_that_has_reached_no_host_steps_aside_for_a_newer_one()
    {
        await using var host = await DeployerHost.StartAsync();
        host.Publisher.Silence.Add("advertise canary");

        var id = await host.RollOutAsync();
        await Eventually.TrueAsync(() => !host.Publisher.Requests.IsEmpty);
        await host.SupersedeAsync(id);
        var end = await host.EndAsync(id);

        end.State.ShouldBe(RolloutStates.Superseded);
        end.Failure.ShouldBeNull();
        host.Fleet.Deeds.ShouldBeEmpty();
        host.Publisher.Requests.ShouldBe(["advertise canary 2.0 100", "withdraw canary 2.0"]);
    }

    [Fact]
    public async Task A_decision_about_a_rollout_whose_start_was_lost_is_left_to_the_next_time()
    {
        await using var host = await DeployerHost.StartAsync();
        var start = DeployerHost.Start(Guid.NewGuid());

        await host.SupersedeAsync(start.RolloutId);
        await host.PromoteAsync(start.RolloutId);
        await host.RollBackAsync(start.RolloutId);
        // Nobody sends a pause again, so one for a rollout that nobody knows is an error, after more tries than those get.
        await host.PauseAsync(Guid.NewGuid());
        await Eventually.TrueAsync(() => host.Heard.Count<Fault<PauseRollout>>() == 1);
        await host.SendAsync(start);
        await host.SupersedeAsync(start.RolloutId);

        await host.EndAsync(start.RolloutId);
        host.Heard.Messages.OfType<Fault>().Count().ShouldBe(1);
    }

    [Fact]
    public async Task A_rollout_that_has_reached_a_host_is_finished_first()
    {
        await using var host = await DeployerHost.StartAsync();
        host.Fleet.Hanging["canary-1 install 2.0"] = true;

        var id = await host.RollOutAsync();
        await host.InStateAsync(id, RolloutStates.DeployingCanary);
        await host.SupersedeAsync(id);
        host.Fleet.Hanging.Clear();

        (await host.EndAsync(id)).State.ShouldBe(RolloutStates.Completed);
    }
}
