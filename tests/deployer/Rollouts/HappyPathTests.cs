using Canary.Contracts;
using Canary.Contracts.Deploying;
using Canary.Testing;

namespace Canary.Deployer.Tests.Rollouts;

public sealed class HappyPathTests
{
    [Fact]
    public async Task A_version_reaches_the_canary_waits_for_a_person_and_then_reaches_production_in_waves()
    {
        await using var host = await DeployerHost.StartAsync();

        var id = await host.RollOutAsync(promotion: PromotionPolicy.Manual);
        var waiting = await host.InStateAsync(id, RolloutStates.AwaitingPromotion);

        waiting.WaitingFor.ShouldBe($"a person: canary releases promote {id.ToString()[..8]}");
        waiting.HostsReached.ShouldBeTrue();
        host.Fleet.VersionOn("canary-1").ShouldBe("2.0");
        host.Fleet.VersionOn("web-1").ShouldBe("1.0");

        await host.PromoteAsync(id);
        var end = await host.EndAsync(id);

        end.State.ShouldBe(RolloutStates.Completed);
        end.Failure.ShouldBeNull();
        end.WaitingFor.ShouldBeNull();
        host.Fleet.Deeds.ShouldBe([
            "canary-1 install 2.0",
            "web-1 install 2.0",
            "web-2 install 2.0",
            "web-3 install 2.0",
        ]);
        host.Publisher.Requests.ShouldBe([
            "advertise canary 2.0 100",
            "advertise production 2.0 0",
            "advertise production 2.0 100",
        ]);
        host.StatesOf(id)
            .ShouldBe([
                RolloutStates.Preflight,
                RolloutStates.DeployingCanary,
                RolloutStates.Soaking,
                RolloutStates.AwaitingPromotion,
                RolloutStates.Soaking,
                RolloutStates.DeployingWave,
                RolloutStates.Completed,
            ]);
    }

    [Fact]
    public async Task Stages_and_hosts_tell_the_whole_story()
    {
        await using var host = await DeployerHost.StartAsync();

        var end = await host.EndAsync(await host.RollOutAsync());

        end.Stages.Select(stage => $"{stage.Name} {stage.State}: {stage.Detail}")
            .ShouldBe([
                "preflight Succeeded: 4 hosts",
                "canary Succeeded: 1 of 1 host",
                "soak Succeeded: the canaries are healthy",
                "promotion Succeeded: by policy",
                "wave-1 Succeeded: 1 of 1 host",
                "wave-2 Succeeded: 1 of 1 host",
                "wave-3 Succeeded: 1 of 1 host",
            ]);
        end.Stages.ShouldAllBe(stage =>
            stage.StartedAt != null && stage.FinishedAt >= stage.StartedAt && stage.Attempts == 1
        );
        end.Hosts.Select(x => $"{x.Name} {x.Channel} {x.Step} {x.State} {x.Version}")
            .ShouldBe([
                "canary-1 Canary canary Succeeded 2.0",
                "web-1 Production wave-1 Succeeded 2.0",
                "web-2 Production wave-2 Succeeded 2.0",
                "web-3 Production wave-3 Succeeded 2.0",
            ]);
    }

    [Fact]
    public async Task Revisions_count_up_without_a_gap()
    {
        await using var host = await DeployerHost.StartAsync();

        var id = await host.RollOutAsync();
        var end = await host.EndAsync(id);

        await Eventually.TrueAsync(() => host.Heard.Count<RolloutChanged>() == end.Revision);
        host.Heard.Messages.OfType<RolloutChanged>()
            .Select(x => x.Revision)
            .Order()
            .ShouldBe(Enumerable.Range(1, end.Revision));
    }

    [Fact]
    public async Task The_configuration_of_an_application_wins_over_its_commit()
    {
        await using var host = await DeployerHost.StartAsync(
            ("applications:0:name", DeployerHost.App),
            ("applications:0:promotion", "Manual"),
            ("applications:0:waves:0", "100%")
        );

        var id = await host.RollOutAsync(
            plan: new DeploymentPlan { Promotion = PromotionPolicy.Automatic, Waves = ["1", "2", "100%"] }
        );
        var waiting = await host.InStateAsync(id, RolloutStates.AwaitingPromotion);

        waiting.Stages.Select(stage => stage.Name).ShouldContain("wave-1");
        waiting.Stages.Select(stage => stage.Name).ShouldNotContain("wave-2");
    }

    [Fact]
    public async Task A_host_that_has_the_version_is_checked_and_not_touched()
    {
        await using var host = await DeployerHost.StartAsync();
        host.Fleet.Put("web-2", "2.0");

        var end = await host.EndAsync(await host.RollOutAsync());

        end.State.ShouldBe(RolloutStates.Completed);
        host.Fleet.Deeds.ShouldNotContain("web-2 install 2.0");
        host.Fleet.Checks.ShouldContain("web-2");
    }

    [Fact]
    public async Task A_fleet_of_a_thousand_hosts_is_described_a_few_times_only()
    {
        var names = Enumerable.Range(1, 1000).Select(i => $"web-{i:0000}");
        await using var host = await DeployerHost.StartAsync(["canary-1", .. names]);

        var end = await host.EndAsync(
            await host.RollOutAsync(
                plan: new DeploymentPlan { Promotion = PromotionPolicy.Automatic, Waves = ["100%"] }
            )
        );

        end.State.ShouldBe(RolloutStates.Completed);
        end.Hosts.Count(x => x.State == StageState.Succeeded).ShouldBe(1001);
        end.Revision.ShouldBeLessThan(30);
    }

    [Fact]
    public async Task The_inventory_is_published_at_start_when_it_changes_and_around_rollouts()
    {
        await using var host = await DeployerHost.StartAsync(("inventory:pollinterval", "00:00:00.020"));
        await Eventually.TrueAsync(() => host.Heard.Count<FleetObserved>() == 1);

        host.WriteInventory("canary-1", "web-1", "web-2", "web-3", "web-4");
        await Eventually.TrueAsync(() =>
            host.Heard.Messages.OfType<FleetObserved>().Any(fleet => fleet.Hosts.Count == 5)
        );
        var before = host.Heard.Count<FleetObserved>();
        await host.EndAsync(await host.RollOutAsync());

        await Eventually.TrueAsync(() => host.Heard.Count<FleetObserved>() == before + 2);
    }
}
