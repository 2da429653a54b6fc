using System.Collections.Concurrent;
using Canary.Contracts;
using Canary.Contracts.Deploying;
using Canary.Testing;

namespace Canary.Deployer.Tests.Rollouts;

/// <summary>Rollouts that know where hosts stand, what they are, and that some upgrade by themselves.</summary>
public sealed class FleetTests
{
    private static readonly HealthCheck Check = new() { Command = ["check"] };

    [Theory]
    [InlineData("2", 2)]
    [InlineData("30%", 3)]
    [InlineData("1%", 1)]
    [InlineData("0", 1)]
    public async Task No_more_hosts_are_out_of_service_at_once_than_may_be(string most, int expected)
    {
        await using var host = await DeployerHost.StartAsync(["canary-1", .. Webs(9)]);
        var watch = new AtOnce(expected);
        host.Fleet.Installing = (name, version) =>
            name == "canary-1" ? Task.CompletedTask : watch.InstallAsync(name, version);

        var end = await host.EndAsync(await host.RollOutAsync(plan: Plan(["100%"]) with { MaxUnavailable = most }));

        end.State.ShouldBe(RolloutStates.Completed);
        watch.Most.ShouldBe(expected);
        host.Fleet.Deeds.Count.ShouldBe(10);
    }

    [Fact]
    public async Task Hosts_that_have_failed_are_out_of_service_too_and_one_may_always_be_tried()
    {
        await using var host = await DeployerHost.StartAsync(["canary-1", .. Webs(5)]);
        var watch = new AtOnce(1);
        host.Fleet.Failing["web-1 install 2.0"] = true;
        host.Fleet.Installing = (name, _) =>
            name.StartsWith("web", StringComparison.Ordinal) && name != "web-1"
                ? watch.InstallAsync(name, "")
                : Task.CompletedTask;

        var end = await host.EndAsync(
            await host.RollOutAsync(plan: Plan(["100%"]) with { MaxUnavailable = "2", FailureBudget = "1" })
        );

        end.State.ShouldBe(RolloutStates.Completed);
        end.Hosts.Count(x => x.State == StageState.Succeeded).ShouldBe(5);
        watch.Most.ShouldBe(1);
    }

    [Fact]
    public async Task Never_are_all_hosts_of_a_zone_out_of_service_at_once()
    {
        await using var host = await DeployerHost.StartAsync(["canary-1"]);
        string[] names = ["a1", "a2", "a3", "b1", "b2", "c1"];
        host.WriteInventoryText(
            Inventory(["canary-1 canary x", .. names.Select(name => $"{name} production {name[0]}")])
        );
        var zones = "abc".ToDictionary(zone => zone, _ => new AtOnce(1));
        host.Fleet.Installing = (name, _) =>
            zones.TryGetValue(name[0], out var zone) && name != "canary-1"
                ? zone.InstallAsync(name, "")
                : Task.CompletedTask;

        var id = await host.RollOutAsync(plan: Plan(["100%"]) with { Spread = "zone" });
        var end = await host.EndAsync(id);

        end.State.ShouldBe(RolloutStates.Completed);
        zones['a'].Most.ShouldBeLessThan(3);
        zones['b'].Most.ShouldBe(1);
        zones['c'].Most.ShouldBe(1);
        end.Hosts.Count(x => x.State == StageState.Succeeded).ShouldBe(7);
    }

    [Fact]
    public async Task The_last_host_of_a_zone_whose_others_have_failed_is_left_alone()
    {
        await using var host = await DeployerHost.StartAsync(["canary-1"]);
        host.WriteInventoryText(
            Inventory("canary-1 canary x", "a1 production a", "a2 production a", "b1 production b", "b2 production b")
        );
        host.Fleet.Put("a2", "1.0");
        host.Fleet.Failing["a1 install 2.0"] = true;

        var id = await host.RollOutAsync(
            plan: Plan(["100%"]) with
            {
                Spread = "zone",
                FailureBudget = "1",
                OnWaveFailure = WaveFailurePolicy.Pause,
            }
        );
        var paused = await host.InStateAsync(id, RolloutStates.Paused);

        var left = paused.Hosts.Single(x => x.Name == "a2");
        left.State.ShouldBe(StageState.Failed);
        left.Failure!.Code.ShouldBe("place-out-of-service");
        left.Failure.Message.ShouldContain("zone a");
        host.Fleet.VersionOn("a2").ShouldBe("1.0");

        host.Fleet.Failing.Clear();
        await host.SteerAsync(id, "a1", HostSteering.Retry);
        await host.SteerAsync(id, "a2", HostSteering.Retry);
        await host.ResumeAsync(id);
        var end = await host.EndAsync(id);

        end.State.ShouldBe(RolloutStates.Completed);
        host.Fleet.VersionOn("a1").ShouldBe("2.0");
        host.Fleet.VersionOn("a2").ShouldBe("2.0");
    }

    [Fact]
    public async Task On_the_way_back_no_more_are_out_of_service_either_and_none_is_left_out()
    {
        await using var host = await DeployerHost.StartAsync(["canary-1"]);
        string[] names = ["a1", "a2", "b1", "b2"];
        host.WriteInventoryText(
            Inventory(["canary-1 canary x", .. names.Select(name => $"{name} production {name[0]}")])
        );
        foreach (var name in names.Append("canary-1"))
        {
            host.Fleet.Put(name, "1.0");
        }

        var watch = new AtOnce(1);
        host.Fleet.Installing = (_, version) => version == "1.0" ? watch.InstallAsync("", "") : Task.CompletedTask;
        host.Fleet.Ill["b2 2.0"] = true;

        var end = await host.EndAsync(
            await host.RollOutAsync(plan: Plan(["100%"]) with { MaxUnavailable = "1", Spread = "zone" })
        );

        end.State.ShouldBe(RolloutStates.RolledBack);
        watch.Most.ShouldBe(1);
        names.Append("canary-1").ShouldAllBe(name => host.Fleet.VersionOn(name) == "1.0");
    }

    [Fact]
    public async Task A_host_that_never_answers_keeps_no_other_from_its_turn()
    {
        await using var host = await DeployerHost.StartAsync(
            ["canary-1", .. Webs(3)],
            ("hostdeadline", "00:00:00.500"),
            ("resends", "1")
        );
        host.Fleet.Hanging["web-1 install 2.0"] = true;

        var end = await host.EndAsync(
            await host.RollOutAsync(plan: Plan(["100%"]) with { MaxUnavailable = "1", FailureBudget = "1" })
        );
        host.Fleet.Hanging.Clear();

        end.State.ShouldBe(RolloutStates.Completed);
        end.Hosts.Single(x => x.Name == "web-1").Failure!.Code.ShouldBe("host-silent");
        host.Fleet.VersionOn("web-2").ShouldBe("2.0");
        host.Fleet.VersionOn("web-3").ShouldBe("2.0");
    }

    [Fact]
    public async Task Hosts_of_several_roles_advance_together_and_go_back_together()
    {
        await using var host = await DeployerHost.StartAsync(["canary-1"]);
        host.WriteInventoryText(
            """
            hosts:
              - { name: canary-web, channel: canary, role: web }
              - { name: canary-worker, channel: canary, role: worker }
              - { name: web-1, channel: production, role: web }
              - { name: web-2, channel: production, role: web }
              - { name: worker-1, channel: production, role: worker }
              - { name: worker-2, channel: production, role: worker }
              - { name: other-1, channel: production, role: other }

            """
        );
        string[] all = ["canary-web", "canary-worker", "web-1", "web-2", "worker-1", "worker-2"];
        foreach (var name in all)
        {
            host.Fleet.Put(name, "1.0");
        }

        host.Fleet.Ill["worker-2 2.0"] = true;

        var id = await host.RollOutAsync(plan: Plan(["50%", "100%"]) with { Role = "web,worker" });
        var end = await host.EndAsync(id);

        end.State.ShouldBe(RolloutStates.RolledBack);
        var installed = host.Fleet.Deeds.Where(deed => deed.EndsWith("2.0", StringComparison.Ordinal)).ToList();
        installed.Take(2).ShouldBe(["canary-web install 2.0", "canary-worker install 2.0"], ignoreOrder: true);
        installed.Skip(2).Take(2).ShouldBe(["web-1 install 2.0", "worker-1 install 2.0"], ignoreOrder: true);
        installed.Skip(4).ShouldBe(["web-2 install 2.0", "worker-2 install 2.0"], ignoreOrder: true);
        all.ShouldAllBe(name => host.Fleet.VersionOn(name) == "1.0");
        host.Fleet.VersionOn("other-1").ShouldBeNull();
    }

    [Fact]
    public async Task A_role_that_no_canary_tries_is_an_error()
    {
        await using var host = await DeployerHost.StartAsync(["canary-1"]);
        host.WriteInventoryText(
            """
            hosts:
              - { name: canary-web, channel: canary, role: web }
              - { name: worker-1, channel: production, role: worker }

            """
        );

        var end = await host.EndAsync(await host.RollOutAsync(plan: Plan(["100%"]) with { Role = "web,worker" }));

        end.Failure!.Code.ShouldBe("no-canary-host");
        end.Failure.Message.ShouldContain("'worker'");
    }

    [Fact]
    public async Task Between_waves_the_version_soaks()
    {
        await using var host = await DeployerHost.StartAsync();

        var id = await host.RollOutAsync(plan: Plan(["1", "100%"]) with { WaveSoak = TimeSpan.FromHours(1) });
        await host.UntilAsync(
            id,
            it =>
                it.Stages.Any(x =>
                    x.Name == "wave-1" && x.Detail?.Contains("soak until", StringComparison.Ordinal) == true
                )
        );
        host.Fleet.VersionOn("web-2").ShouldBe("1.0");
        await host.RollBackAsync(id);

        (await host.EndAsync(id)).State.ShouldBe(RolloutStates.RolledBack);
        host.Fleet.VersionOn("web-1").ShouldBe("1.0");
    }

    [Fact]
    public async Task After_the_soak_the_next_wave_begins_by_itself()
    {
        await using var host = await DeployerHost.StartAsync();

        var end = await host.EndAsync(
            await host.RollOutAsync(plan: Plan(["1", "2", "100%"]) with { WaveSoak = TimeSpan.FromMilliseconds(50) })
        );

        end.State.ShouldBe(RolloutStates.Completed);
        end.Stages.Count(stage => stage.Name.StartsWith("wave-", StringComparison.Ordinal)).ShouldBe(3);
    }

    [Fact]
    public async Task Machines_that_upgrade_by_themselves_are_offered_the_version_wave_by_wave()
    {
        await using var host = await DeployerHost.StartAsync();

        var end = await host.EndAsync(await host.RollOutAsync(plan: Plan(["1", "2", "100%"]) with { Phased = true }));

        end.State.ShouldBe(RolloutStates.Completed);
        host.Publisher.Requests.ShouldBe([
            "advertise canary 2.0 100",
            "advertise production 2.0 0",
            "advertise production 2.0 33",
            "advertise production 2.0 66",
            "advertise production 2.0 100",
            "advertise production 2.0 100",
        ]);
    }

    [Fact]
    public async Task A_fleet_without_push_gets_the_version_by_shares_that_rise()
    {
        await using var host = await DeployerHost.StartAsync(["canary-1"], ("phased", "true"));
        host.WriteInventoryText("hosts: []\n");

        var id = await host.RollOutAsync(
            plan: Plan(["10%", "50%", "100%"]) with
            {
                Phased = true,
                Promotion = PromotionPolicy.Manual,
                WaveSoak = TimeSpan.FromMilliseconds(20),
            }
        );
        await host.InStateAsync(id, RolloutStates.AwaitingPromotion);
        await host.PromoteAsync(id);
        var end = await host.EndAsync(id);

        end.State.ShouldBe(RolloutStates.Completed);
        host.Publisher.Requests.ShouldBe([
            "advertise production 2.0 0",
            "advertise production 2.0 10",
            "advertise production 2.0 50",
            "advertise production 2.0 100",
            "advertise production 2.0 100",
        ]);
        end.Stages.Single(stage => stage.Name == "wave-1").Detail!.ShouldStartWith("offered to 10% of the machines");
    }

    [Fact]
    public async Task A_fleet_without_push_that_is_paused_is_offered_nothing_more_and_goes_back()
    {
        await using var host = await DeployerHost.StartAsync(["canary-1"], ("phased", "true"));
        host.WriteInventoryText("hosts: []\n");

        var id = await host.RollOutAsync(
            plan: Plan(["10%", "100%"]) with
            {
                Phased = true,
                WaveSoak = TimeSpan.FromMilliseconds(300),
            }
        );
        await Eventually.TrueAsync(() => host.Publisher.Requests.Contains("advertise production 2.0 10"));
        await host.PauseAsync(id);
        await host.InStateAsync(id, RolloutStates.Paused);
        host.Publisher.Requests.ShouldNotContain("advertise production 2.0 100");
        await host.RollBackAsync(id);

        (await host.EndAsync(id)).State.ShouldBe(RolloutStates.RolledBack);
        host.Publisher.Requests.Last().ShouldBe("withdraw production 2.0");
    }

    [Theory]
    [InlineData("hosts: []\n", false, "app")]
    [InlineData("hosts:\n  - { name: web-1, channel: production, role: web }\n", true, "wbe")]
    public async Task A_commit_alone_makes_no_fleet_without_hosts_and_a_mistyped_role_neither(
        string inventory,
        bool isPhasedOnServer,
        string role
    )
    {
        await using var host = await DeployerHost.StartAsync(["canary-1"], ("phased", $"{isPhasedOnServer}"));
        host.WriteInventoryText(inventory);

        var end = await host.EndAsync(
            await host.RollOutAsync(plan: Plan(["100%"]) with { Phased = true, Role = role })
        );

        end.Failure!.Code.ShouldBe("no-hosts");
        host.Publisher.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_host_that_has_the_version_already_holds_up_no_way_back()
    {
        await using var host = await DeployerHost.StartAsync();
        host.Fleet.Put("web-2", "2.0");
        host.Fleet.Hanging["web-2 check"] = true;

        var id = await host.RollOutAsync(
            plan: Plan(["1", "100%"]) with
            {
                MaxUnavailable = "1",
                Health = new HealthCheck { Command = ["check"], Timeout = TimeSpan.FromMinutes(1) },
            }
        );
        await Eventually.TrueAsync(() => host.Fleet.Checks.Contains("web-2"));
        await host.RollBackAsync(id);
        var end = await host.EndAsync(id);
        host.Fleet.Hanging.Clear();

        end.State.ShouldBe(RolloutStates.RolledBack);
        host.Fleet.VersionOn("web-1").ShouldBe("1.0");
        host.Fleet.VersionOn("web-2").ShouldBe("2.0");
    }

    private static DeploymentPlan Plan(IReadOnlyList<string> waves) =>
        new()
        {
            Promotion = PromotionPolicy.Automatic,
            Waves = waves,
            Health = Check,
        };

    private static IEnumerable<string> Webs(int hosts) => Enumerable.Range(1, hosts).Select(i => $"web-{i}");

    /// <summary>An inventory of hosts that are written <c>NAME CHANNEL ZONE</c>.</summary>
    private static string Inventory(params IEnumerable<string> hosts) =>
        "hosts:\n"
        + string.Concat(
            hosts
                .Select(host => host.Split(' '))
                .Select(parts => $"  - {{ name: {parts[0]}, channel: {parts[1]}, tags: {{ zone: {parts[2]} }} }}\n")
        );

    /// <summary>Counts how many are at work at once; each waits a moment for so many others to come.</summary>
    private sealed class AtOnce(int expected)
    {
        private readonly ConcurrentDictionary<int, bool> _seen = [];
        private readonly TaskCompletionSource _full = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _now;

        public int Most => _seen.Keys.Max();

        public async Task InstallAsync(string host, string version)
        {
            var now = Interlocked.Increment(ref _now);
            _seen[now] = true;
            if (now >= expected)
            {
                _full.TrySetResult();
            }

            // As many as may come have come; one more would have to come now.
            await _full.Task;
            await Task.Delay(TimeSpan.FromMilliseconds(30), TimeProvider.System);
            Interlocked.Decrement(ref _now);
        }
    }
}
