using Canary.Contracts;
using Canary.Contracts.Deploying;

namespace Canary.Deployer.Tests.Rollouts;

/// <summary>A person pauses a rollout, treats single hosts otherwise, and goes on.</summary>
public sealed class SteeringTests
{
    private static readonly DeploymentPlan PausesOnFailure = new()
    {
        Promotion = PromotionPolicy.Automatic,
        Waves = ["2", "100%"],
        OnWaveFailure = WaveFailurePolicy.Pause,
    };

    [Fact]
    public async Task A_pause_before_the_waves_holds_the_first_of_them_until_it_is_resumed()
    {
        await using var host = await DeployerHost.StartAsync();
        var id = await host.RollOutAsync(promotion: PromotionPolicy.Manual);
        await host.InStateAsync(id, RolloutStates.AwaitingPromotion);

        await host.PauseAsync(id);
        await host.PromoteAsync(id);
        var paused = await host.InStateAsync(id, RolloutStates.Paused);

        paused.WaitingFor.ShouldBe($"a person (paused by ada: lunch): canary releases resume {id.ToString("N")[..8]}");
        paused.Stages.Single(stage => stage.Name == "wave-1").State.ShouldBe(StageState.Waiting);
        host.Fleet.VersionOn("web-1").ShouldBe("1.0");

        await host.ResumeAsync(id);
        (await host.EndAsync(id)).State.ShouldBe(RolloutStates.Completed);
        host.Fleet.VersionOn("web-3").ShouldBe("2.0");
    }

    [Fact]
    public async Task A_pause_within_a_wave_lets_what_is_under_way_end_and_begins_nothing()
    {
        await using var host = await DeployerHost.StartAsync(("waves:0", "100%"), ("hostconcurrency", "1"));
        host.Fleet.Hanging["web-1 install 2.0"] = true;
        var id = await host.RollOutAsync();
        await host.DoneAsync("web-1 install 2.0");

        await host.PauseAsync(id);
        await host.InStateAsync(id, RolloutStates.Paused);
        host.Fleet.Hanging.Clear();
        await host.UntilAsync(id, it => it.Hosts.Single(row => row.Name == "web-1").State == StageState.Succeeded);

        host.Fleet.VersionOn("web-2").ShouldBe("1.0");
        await host.ResumeAsync(id);
        (await host.EndAsync(id)).State.ShouldBe(RolloutStates.Completed);
        host.Fleet.Deeds.Count(deed => deed == "web-1 install 2.0").ShouldBe(1);
    }

    [Fact]
    public async Task A_failed_wave_waits_for_a_person_where_the_plan_says_so_and_a_retry_goes_on()
    {
        await using var host = await DeployerHost.StartAsync();
        host.Fleet.Failing["web-2 install 2.0"] = true;
        var id = await host.RollOutAsync(plan: PausesOnFailure);
        var paused = await host.InStateAsync(id, RolloutStates.Paused);

        paused.Failure!.Code.ShouldBe("wave-failed");
        paused.WaitingFor.ShouldStartWith("a person (wave-1 failed)");
        host.Fleet.VersionOn("web-1").ShouldBe("2.0");

        host.Fleet.Failing.Clear();
        await host.SteerAsync(id, "web-2", HostSteering.Retry);
        await host.ResumeAsync(id);
        var end = await host.EndAsync(id);

        end.State.ShouldBe(RolloutStates.Completed);
        end.Failure.ShouldBeNull();
        host.Fleet.VersionOn("web-2").ShouldBe("2.0");
        host.Fleet.VersionOn("web-3").ShouldBe("2.0");
    }

    [Fact]
    public async Task Going_on_from_a_failed_wave_leaves_the_hosts_out_that_failed()
    {
        await using var host = await DeployerHost.StartAsync();
        host.Fleet.Failing["web-2 install 2.0"] = true;
        var id = await host.RollOutAsync(plan: PausesOnFailure);
        await host.InStateAsync(id, RolloutStates.Paused);

        await host.ResumeAsync(id);
        var end = await host.EndAsync(id);

        end.State.ShouldBe(RolloutStates.Completed);
        end.Hosts.Single(row => row.Name == "web-2").State.ShouldBe(StageState.Skipped);
        host.Fleet.VersionOn("web-2").ShouldBe("1.0");
        host.Fleet.VersionOn("web-3").ShouldBe("2.0");
    }

    [Fact]
    public async Task A_paused_rollout_can_be_rolled_back()
    {
        await using var host = await DeployerHost.StartAsync();
        host.Fleet.Failing["web-2 install 2.0"] = true;
        var id = await host.RollOutAsync(plan: PausesOnFailure);
        await host.InStateAsync(id, RolloutStates.Paused);

        await host.RollBackAsync(id);

        (await host.EndAsync(id)).State.ShouldBe(RolloutStates.RolledBack);
        host.Fleet.VersionOn("canary-1").ShouldBe("1.0");
        host.Fleet.VersionOn("web-1").ShouldBe("1.0");
    }

    [Fact]
    public async Task A_host_that_is_left_out_does_not_keep_its_wave_waiting()
    {
        await using var host = await DeployerHost.StartAsync(("waves:0", "100%"));
        host.Fleet.Hanging["web-2 install 2.0"] = true;
        var id = await host.RollOutAsync();
        await host.UntilAsync(id, it => it.Hosts.Count(row => row.State == StageState.Succeeded) == 3);

        await host.SteerAsync(id, "web-2", HostSteering.Skip);

        (await host.EndAsync(id)).State.ShouldBe(RolloutStates.Completed);
        host.Fleet.Hanging.Clear();
    }
}
