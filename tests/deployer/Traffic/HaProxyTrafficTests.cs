using Canary.Contracts.Deploying;
using Canary.Deployer.Inventory;
using Canary.Deployer.Traffic;
using Canary.Durability.Locks;
using Canary.Failures;
using Canary.Testing;
using Canary.Testing.Load;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Canary.Deployer.Tests.Traffic;

/// <summary>Hosts are drained on every HAProxy while they are updated, and nothing stays drained, whoever dies.</summary>
public sealed class HaProxyTrafficTests
{
    private static readonly string[] Four = ["canary-1", "web-1", "web-2", "web-3"];

    private static readonly (string Key, string Value) OneAtATime = ("waves:0", "1");

    [Fact]
    public async Task No_request_fails_while_every_server_restarts()
    {
        await using var fleet = await BalancedFleet.StartAsync(Four, balancers: 2);
        fleet.Before = async host =>
        {
            (await fleet.First.StateAsync(host)).IsDrained.ShouldBeTrue();
            (await fleet.Second.StateAsync(host)).IsDrained.ShouldBeTrue();
        };
        await fleet.AllReadyAsync();
        await using var load = new ConstantLoad(fleet.First.Address, fleet.Second.Address);

        (await fleet.Deployer.EndAsync(await fleet.Deployer.RollOutAsync())).State.ShouldBe(RolloutStates.Completed);

        await fleet.AllReadyAsync();
        await load.EndAsync();
        load.Failures.ShouldBeEmpty();
        load.Answered.ShouldBeGreaterThan(100);
    }

    /// <summary>The load would notice.</summary>
    [Fact]
    public async Task Without_it_requests_fail()
    {
        await using var fleet = await BalancedFleet.StartAsync(Four, settings: ("traffic:provider", "none"));
        await fleet.AllReadyAsync();
        await using var load = new ConstantLoad(fleet.First.Address);

        await fleet.Deployer.EndAsync(await fleet.Deployer.RollOutAsync());

        await load.EndAsync();
        load.Failures.ShouldNotBeEmpty();
    }

    [Fact]
    public async Task Two_servers_are_never_taken_out_at_once_where_there_are_but_two()
    {
        await using var fleet = await BalancedFleet.StartAsync(
            ["web-1", "web-2"],
            // The one that is back already is not there yet for HAProxy.
            rise: 10,
            settings: [("allownocanary", "true"), ("waves:0", "100%")]
        );
        await fleet.AllReadyAsync();
        await using var load = new ConstantLoad(fleet.First.Address);

        (await fleet.Deployer.EndAsync(await fleet.Deployer.RollOutAsync())).State.ShouldBe(RolloutStates.Completed);

        await fleet.AllReadyAsync();
        await load.EndAsync();
        load.Failures.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_only_server_is_updated_where_it_is()
    {
        await using var fleet = await BalancedFleet.StartAsync(["web-1"], settings: ("allownocanary", "true"));
        var wasDrained = false;
        fleet.Before = async host => wasDrained = (await fleet.First.StateAsync(host)).IsDrained;

        (await fleet.Deployer.EndAsync(await fleet.Deployer.RollOutAsync())).State.ShouldBe(RolloutStates.Completed);

        wasDrained.ShouldBeFalse();
        await fleet.AllReadyAsync();
    }

    [Fact]
    public async Task Whoever_is_being_answered_is_answered_before_the_server_restarts()
    {
        await using var fleet = await BalancedFleet.StartAsync(
            ["web-1", "web-2"],
            settings: [("allownocanary", "true"), OneAtATime, ("traffic:haproxy:draintimeout", "01:00:00")]
        );
        await fleet.AllReadyAsync();
        var answers = new TaskCompletionSource();
        foreach (var server in fleet.Servers.Values)
        {
            server.Gate = answers.Task;
        }

        using var client = new HttpClient();
        var first = client.GetAsync(fleet.First.Address);
        var second = client.GetAsync(fleet.First.Address);
        await Eventually.TrueAsync(() => fleet.Servers.Values.All(server => server.Waiting > 0));
        var id = await fleet.Deployer.RollOutAsync();
        await Eventually.TrueAsync(async () =>
            (await fleet.First.StatesAsync()).Any(server => server is { Backend: "shop", IsDrained: true })
        );

        answers.SetResult();

        (await fleet.Deployer.EndAsync(id)).State.ShouldBe(RolloutStates.Completed);
        (await first).IsSuccessStatusCode.ShouldBeTrue();
        (await second).IsSuccessStatusCode.ShouldBeTrue();
    }

    [Fact]
    public async Task Connections_are_not_waited_for_for_ever()
    {
        await using var fleet = await BalancedFleet.StartAsync(
            ["web-1", "web-2"],
            settings: [("allownocanary", "true"), OneAtATime, ("traffic:haproxy:draintimeout", "00:00:00.300")]
        );
        await fleet.AllReadyAsync();
        foreach (var server in fleet.Servers.Values)
        {
            server.Gate = new TaskCompletionSource().Task;
        }

        using var client = new HttpClient();
        var first = client.GetAsync(fleet.First.Address);
        var second = client.GetAsync(fleet.First.Address);
        await Eventually.TrueAsync(() => fleet.Servers.Values.All(server => server.Waiting > 0));

        // Whoever never ends is cut off.
        (await fleet.Deployer.EndAsync(await fleet.Deployer.RollOutAsync())).State.ShouldBe(RolloutStates.Completed);

        (await first).IsSuccessStatusCode.ShouldBeFalse();
        (await second).IsSuccessStatusCode.ShouldBeFalse();
    }

    [Fact]
    public async Task An_instance_that_is_down_hinders_no_release_and_is_brought_in_line_when_it_is_back()
    {
        await using var fleet = await BalancedFleet.StartAsync(Four, balancers: 2, retries: true);
        await fleet.AllReadyAsync();
        await fleet.Second.Process.KillAsync();
        var back = false;
        fleet.While = async host =>
        {
            if (!back)
            {
                back = true;
                await fleet.Second.Process.StartAsync();
            }

            await Eventually.TrueAsync(async () => (await fleet.Second.StateAsync(host)).IsDrained);
        };
        await using var load = new ConstantLoad(fleet.First.Address);

        (await fleet.Deployer.EndAsync(await fleet.Deployer.RollOutAsync())).State.ShouldBe(RolloutStates.Completed);

        await fleet.AllReadyAsync();
        await load.EndAsync();
        load.Failures.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_instance_that_does_not_answer_when_hosts_are_ready_again_learns_of_it_later()
    {
        await using var fleet = await BalancedFleet.StartAsync(
            Four,
            balancers: 2,
            settings: ("traffic:haproxy:requesttimeout", "00:00:00.200")
        );
        await fleet.AllReadyAsync();
        fleet.While = host => host == "web-3" ? fleet.Second.Process.PauseAsync() : Task.CompletedTask;

        (await fleet.Deployer.EndAsync(await fleet.Deployer.RollOutAsync())).State.ShouldBe(RolloutStates.Completed);

        await fleet.Second.Process.ContinueAsync();
        await fleet.AllReadyAsync();
    }

    [Fact]
    public async Task An_instance_that_is_reloaded_in_the_middle_is_drained_again()
    {
        await using var fleet = await BalancedFleet.StartAsync(Four, balancers: 2, retries: true);
        await fleet.AllReadyAsync();
        fleet.While = async host =>
        {
            await fleet.First.Process.ReloadAsync();
            await Eventually.TrueAsync(async () => (await fleet.First.StateAsync(host)).IsDrained);
        };
        await using var load = new ConstantLoad(fleet.First.Address, fleet.Second.Address);

        (await fleet.Deployer.EndAsync(await fleet.Deployer.RollOutAsync())).State.ShouldBe(RolloutStates.Completed);

        await fleet.AllReadyAsync();
        await load.EndAsync();
        load.Failures.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_a_deployer_that_died_has_drained_is_made_ready_again_and_not_before()
    {
        await using var fleet = await BalancedFleet.StartAsync(Four, balancers: 2);
        var services = fleet.Deployer.Services;
        await using (await LockOf(services).AcquireAsync("host/web-1", CancellationToken.None))
        {
            await DrainAsync(fleet, "web-1");

            // Whatever is looked at meanwhile: an update that has the lock of its host is at work.
            await DrainAsync(fleet, "web-2");
            await Eventually.TrueAsync(async () => (await fleet.First.StateAsync("web-2")).IsReady);
            (await fleet.First.StateAsync("web-1")).IsDrained.ShouldBeTrue();

            await fleet.Deployer.RestartAsync();
        }

        await fleet.AllReadyAsync();
    }

    [Fact]
    public async Task A_rollout_whose_deployer_dies_in_the_middle_of_a_host_ends_with_all_of_them_ready()
    {
        await using var fleet = await BalancedFleet.StartAsync(Four);
        fleet.Deployer.Fleet.Hanging["web-1 install 2.0"] = true;
        var id = await fleet.Deployer.RollOutAsync();
        await fleet.Deployer.DoneAsync("web-1 install 2.0");

        await fleet.Deployer.RestartAsync(() => fleet.Deployer.Fleet.Hanging.Clear());

        (await fleet.Deployer.EndAsync(id)).State.ShouldBe(RolloutStates.Completed);
        await fleet.AllReadyAsync();
    }

    [Fact]
    public async Task A_host_that_is_unhealthy_gets_no_requests_until_it_is_rolled_back()
    {
        await using var fleet = await BalancedFleet.StartAsync(Four, settings: OneAtATime);
        fleet.Deployer.Fleet.Ill["web-1 2.0"] = true;
        fleet.Deployer.Fleet.Hanging["web-1 install 1.0"] = true;
        var id = await fleet.Deployer.RollOutAsync();
        await fleet.Deployer.DoneAsync("web-1 install 1.0");
        await Eventually.TrueAsync(async () => (await fleet.First.StateAsync("canary-1")).IsReady);

        (await fleet.First.StateAsync("web-1")).IsDrained.ShouldBeTrue();

        fleet.Deployer.Fleet.Hanging.Clear();
        (await fleet.Deployer.EndAsync(id)).State.ShouldBe(RolloutStates.RolledBack);
        await fleet.AllReadyAsync();
    }

    [Fact]
    public async Task A_host_that_a_wave_may_lose_is_left_to_the_checks_of_HAProxy_when_the_rollout_has_ended()
    {
        await using var fleet = await BalancedFleet.StartAsync(Four, settings: ("failurebudget", "1"));
        fleet.Deployer.Fleet.Ill["web-3 2.0"] = true;

        (await fleet.Deployer.EndAsync(await fleet.Deployer.RollOutAsync())).State.ShouldBe(RolloutStates.Completed);

        await fleet.AllReadyAsync();
    }

    [Fact]
    public async Task An_application_that_is_taken_away_again_is_not_waited_for()
    {
        await using var fleet = await BalancedFleet.StartAsync(
            Four,
            settings: [OneAtATime, ("traffic:haproxy:readytimeout", "1.00:00:00")]
        );
        foreach (var host in Four)
        {
            fleet.Deployer.Fleet.Wipe(host);
        }

        fleet.Broken.Add("web-1");
        fleet.Deployer.Fleet.Ill["web-1 2.0"] = true;

        (await fleet.Deployer.EndAsync(await fleet.Deployer.RollOutAsync())).State.ShouldBe(RolloutStates.RolledBack);

        fleet.Deployer.Fleet.VersionOn("web-1").ShouldBeNull();
        await NothingIsHeldAsync(fleet);
        (await fleet.First.StateAsync("web-1")).IsDrained.ShouldBeFalse();
    }

    [Fact]
    public async Task What_a_person_has_taken_out_stays_out()
    {
        await using var fleet = await BalancedFleet.StartAsync(Four);
        await fleet.AllReadyAsync();
        await fleet.First.TellAsync("web-1", "state drain");
        await fleet.First.TellAsync("web-2", "state maint");
        fleet.While = host => host == "web-3" ? fleet.First.TellAsync("web-3", "state maint") : Task.CompletedTask;

        (await fleet.Deployer.EndAsync(await fleet.Deployer.RollOutAsync())).State.ShouldBe(RolloutStates.Completed);

        await NothingIsHeldAsync(fleet);
        (await fleet.First.StateAsync("web-1")).IsDrained.ShouldBeTrue();
        (await fleet.First.StateAsync("web-2")).IsInMaintenance.ShouldBeTrue();
        (await fleet.First.StateAsync("web-3")).IsInMaintenance.ShouldBeTrue();
        (await fleet.First.StateAsync("canary-1")).IsReady.ShouldBeTrue();
    }

    [Fact]
    public async Task Canaries_have_their_share_until_the_version_goes_on_to_production()
    {
        await using var fleet = await BalancedFleet.StartAsync(Four, settings: ("traffic:haproxy:canaryshare", "20%"));
        await fleet.AllReadyAsync();
        var id = await fleet.Deployer.RollOutAsync(promotion: PromotionPolicy.Manual);
        await fleet.Deployer.InStateAsync(id, RolloutStates.AwaitingPromotion);

        await HasWeightAsync(fleet.First, "canary-1", 20);
        (await fleet.First.StateAsync("canary-1", "shop_canary")).Weight.ShouldBe(100);
        await fleet.First.Process.ReloadAsync();
        await HasWeightAsync(fleet.First, "canary-1", 20);

        await fleet.Deployer.PromoteAsync(id);
        (await fleet.Deployer.EndAsync(id)).State.ShouldBe(RolloutStates.Completed);
        await fleet.AllReadyAsync();
    }

    [Fact]
    public async Task Canaries_that_are_rolled_back_have_all_of_their_weight_again()
    {
        await using var fleet = await BalancedFleet.StartAsync(Four, settings: ("traffic:haproxy:canaryshare", "20%"));
        var id = await fleet.Deployer.RollOutAsync(promotion: PromotionPolicy.Manual);
        await fleet.Deployer.InStateAsync(id, RolloutStates.AwaitingPromotion);
        await HasWeightAsync(fleet.First, "canary-1", 20);

        await fleet.Deployer.RollBackAsync(id);

        (await fleet.Deployer.EndAsync(id)).State.ShouldBe(RolloutStates.RolledBack);
        await fleet.AllReadyAsync();
    }

    [Fact]
    public async Task A_server_gets_its_weight_step_by_step_and_all_of_it_when_somebody_dies_in_between()
    {
        await using var fleet = await BalancedFleet.StartAsync(
            Four,
            settings: [("traffic:haproxy:ramp:0", "10%"), ("traffic:haproxy:rampinterval", "01:00:00")]
        );
        await fleet.AllReadyAsync();
        var id = await fleet.Deployer.RollOutAsync();
        await HasWeightAsync(fleet.First, "canary-1", 10);
        await Eventually.TrueAsync(async () => (await fleet.First.StateAsync("canary-1")).IsReady);

        await fleet.Deployer.RestartAsync();

        await HasWeightAsync(fleet.First, "canary-1", 100);
        await HasWeightAsync(fleet.First, "web-1", 10);
        await fleet.Deployer.RollBackAsync(id);
    }

    [Fact]
    public async Task A_host_that_is_brought_back_outside_of_a_rollout_is_drained_as_well()
    {
        await using var fleet = await BalancedFleet.StartAsync(Four);
        await fleet.Deployer.EndAsync(await fleet.Deployer.RollOutAsync());
        await fleet.AllReadyAsync();
        var wasDrained = new TaskCompletionSource<bool>();
        fleet.Before = async host => wasDrained.TrySetResult((await fleet.First.StateAsync(host)).IsDrained);

        fleet.Deployer.Fleet.Put("web-2", "0.9");
        await fleet.Deployer.SendAsync(new ConvergeHosts { By = "ada" });

        (await wasDrained.Task).ShouldBeTrue();
        await fleet.AllReadyAsync();
    }

    [Fact]
    public async Task The_doctor_tells_which_instance_does_not_work_and_why()
    {
        await using var fleet = await BalancedFleet.StartAsync(Four, balancers: 2);
        await fleet.Deployer.EndAsync(await fleet.Deployer.RollOutAsync());
        await fleet.AllReadyAsync();
        await NothingIsHeldAsync(fleet);
        var healthy = await CheckAsync(fleet);
        healthy.Status.ShouldBe(HealthStatus.Healthy, healthy.Description);
        healthy.Description.ShouldNotBeNull().ShouldContain(fleet.First.Runtime);

        fleet.Deployer.WriteInventory([.. Four, "web-9"]);
        await fleet.Second.Process.KillAsync();

        await Eventually.PassesAsync(async () =>
        {
            var result = await CheckAsync(fleet);
            result.Status.ShouldBe(HealthStatus.Degraded);
            result.Description.ShouldNotBeNull();
            result.Description.ShouldContain($"{fleet.First.Runtime} has no server in the backend shop for web-9.");
            result.Description.ShouldContain($"{fleet.Second.Runtime} is unavailable");
            result.Data[CheckFailure.Remedy].ShouldBeOfType<string>().ShouldContain("See that it runs");
        });
    }

    private static IDistributedLocks<DeployerStore> LockOf(IServiceProvider services) =>
        services.GetRequiredService<IDistributedLocks<DeployerStore>>();

    private static async Task DrainAsync(BalancedFleet fleet, string name)
    {
        var services = fleet.Deployer.Services;
        var host = await services
            .GetRequiredService<IInventory>()
            .FindAsync(name, DeployerHost.App, CancellationToken.None);
        await services
            .GetRequiredService<ITraffic>()
            .DrainAsync(new TrafficTarget(host, DeployerHost.App), CancellationToken.None, CancellationToken.None);
    }

    private static Task HasWeightAsync(LoadBalancer balancer, string server, int weight) =>
        Eventually.PassesAsync(async () => (await balancer.StateAsync(server)).Weight.ShouldBe(weight));

    private static Task NothingIsHeldAsync(BalancedFleet fleet) =>
        Eventually.PassesAsync(async () =>
        {
            await using var scope = fleet.Deployer.Services.CreateAsyncScope();
            var store = scope.ServiceProvider.GetRequiredService<DeployerStore>();
            store.TrafficHolds.ShouldBeEmpty();
            store.HeldServers.ShouldBeEmpty();
        });

    private static async Task<HealthReportEntry> CheckAsync(BalancedFleet fleet) =>
        (
            await fleet
                .Deployer.Services.GetRequiredService<HealthCheckService>()
                .CheckHealthAsync(check => check.Name.EndsWith("haproxy", StringComparison.Ordinal))
        )
            .Entries.Single()
            .Value;
}
