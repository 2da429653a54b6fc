using Canary.Contracts;
using Canary.Contracts.Deploying;
using Canary.Testing;

namespace Canary.Deployer.Tests.Rollouts;

public sealed class FailureTests
{
    [Fact]
    public async Task A_canary_that_cannot_install_never_lets_the_version_reach_production()
    {
        await using var host = await DeployerHost.StartAsync();
        host.Fleet.Failing["canary-1 install 2.0"] = true;

        var end = await host.EndAsync(await host.RollOutAsync());

        end.State.ShouldBe(RolloutStates.RolledBack);
        end.Failure!.Code.ShouldBe("canary-failed");
        end.Failure.Message.ShouldBe("1 of 1 canary hosts failed with shop 2.0: canary-1 install 2.0 went wrong.");
        end.Failure.Remedy.ShouldBe("Correct the script.");
        host.Fleet.Deeds.ShouldBe(["canary-1 install 2.0"]);
        host.Publisher.Requests.ShouldBe(["advertise canary 2.0 100", "withdraw canary 2.0"]);
    }

    [Fact]
    public async Task A_canary_that_is_not_well_after_the_update_is_taken_back()
    {
        await using var host = await DeployerHost.StartAsync();
        host.Fleet.Ill["canary-1 2.0"] = true;

        var end = await host.EndAsync(await host.RollOutAsync());

        end.State.ShouldBe(RolloutStates.RolledBack);
        end.Failure!.Message.ShouldContain("canary-1 is unhealthy with shop 2.0: it coughs");
        host.Fleet.VersionOn("canary-1").ShouldBe("1.0");
        host.Fleet.Deeds.ShouldBe(["canary-1 install 2.0", "canary-1 install 1.0"]);
        end.Hosts.Single(x => x.Name == "canary-1")
            .ShouldSatisfyAllConditions(
                x => x.Step.ShouldBe("rollback"),
                x => x.State.ShouldBe(StageState.Succeeded),
                x => x.Version.ShouldBe("1.0")
            );
        end.Stages.Single(x => x.Name == "canary").State.ShouldBe(StageState.Failed);
        end.Stages.Single(x => x.Name == "wave-1").State.ShouldBe(StageState.Skipped);
        end.Stages.Single(x => x.Name == "rollback").State.ShouldBe(StageState.Succeeded);
    }

    [Fact]
    public async Task A_canary_that_falls_ill_ends_the_soak_at_once()
    {
        await using var host = await DeployerHost.StartAsync(("soak", "01:00:00"));

        var id = await host.RollOutAsync();
        await host.InStateAsync(id, RolloutStates.Soaking);
        host.Fleet.Ill["canary-1 2.0"] = true;
        var end = await host.EndAsync(id);

        end.State.ShouldBe(RolloutStates.RolledBack);
        end.Failure!.Code.ShouldBe("canary-failed");
        host.Fleet.VersionOn("canary-1").ShouldBe("1.0");
    }

    [Fact]
    public async Task A_canary_that_only_restarts_while_it_soaks_is_forgiven()
    {
        await using var host = await DeployerHost.StartAsync(
            ("soak", "01:00:00"),
            ("hosttries", "20"),
            ("hostretrydelay", "00:00:00.1")
        );
        var id = await host.RollOutAsync();
        await host.InStateAsync(id, RolloutStates.Soaking);

        host.Fleet.Ill["canary-1 2.0"] = true;
        await CheckedAgainAsync(times: 3);
        host.Fleet.Ill.Clear();
        await CheckedAgainAsync(times: 3);

        host.Latest(id)!.State.ShouldBe(RolloutStates.Soaking);

        Task CheckedAgainAsync(int times)
        {
            var before = host.Fleet.Checks.Count;
            return Eventually.TrueAsync(() => host.Fleet.Checks.Count >= before + times);
        }
    }

    [Fact]
    public async Task A_canary_that_falls_ill_while_a_person_is_awaited_is_taken_back()
    {
        await using var host = await DeployerHost.StartAsync();

        var id = await host.RollOutAsync(promotion: PromotionPolicy.Manual);
        await host.InStateAsync(id, RolloutStates.AwaitingPromotion);
        host.Fleet.Ill["canary-1 2.0"] = true;

        (await host.EndAsync(id)).State.ShouldBe(RolloutStates.RolledBack);
    }

    [Fact]
    public async Task A_canary_that_is_ill_when_it_is_promoted_does_not_reach_production()
    {
        await using var host = await DeployerHost.StartAsync(("waitingcheckinterval", "01:00:00"));

        var id = await host.RollOutAsync(promotion: PromotionPolicy.Manual);
        await host.InStateAsync(id, RolloutStates.AwaitingPromotion);
        host.Fleet.Ill["canary-1 2.0"] = true;
        await host.PromoteAsync(id);

        (await host.EndAsync(id)).State.ShouldBe(RolloutStates.RolledBack);
        host.Fleet.Deeds.ShouldNotContain("web-1 install 2.0");
    }

    [Fact]
    public async Task A_first_installation_is_removed_again()
    {
        await using var host = await DeployerHost.StartAsync(["canary-1", "web-1"]);
        host.Fleet.Ill["canary-1 2.0"] = true;

        var end = await host.EndAsync(await host.RollOutAsync());

        end.State.ShouldBe(RolloutStates.RolledBack);
        host.Fleet.Deeds.ShouldBe(["canary-1 install 2.0", "canary-1 purge"]);
    }

    [Fact]
    public async Task A_wave_over_its_budget_takes_everything_back()
    {
        await using var host = await DeployerHost.StartAsync();
        host.Fleet.Failing["web-2 install 2.0"] = true;

        var end = await host.EndAsync(await host.RollOutAsync());

        end.State.ShouldBe(RolloutStates.RolledBack);
        end.Failure!.Code.ShouldBe("wave-failed");
        end.Failure.Message.ShouldContain("1 of 1 hosts of wave-2 failed");
        host.Fleet.VersionOn("canary-1").ShouldBe("1.0");
        host.Fleet.VersionOn("web-1").ShouldBe("1.0");
        host.Fleet.Deeds.ShouldNotContain("web-3 install 2.0");
        host.Publisher.Requests.ToArray()[^2..].ShouldBe(["withdraw production 2.0", "withdraw canary 2.0"]);
    }

    [Fact]
    public async Task A_dead_host_fails_alone_within_the_budget()
    {
        await using var host = await DeployerHost.StartAsync();
        host.Fleet.Dead["web-2"] = true;

        var end = await host.EndAsync(
            await host.RollOutAsync(
                plan: new DeploymentPlan
                {
                    Promotion = PromotionPolicy.Automatic,
                    Waves = ["100%"],
                    FailureBudget = "1",
                }
            )
        );

        end.State.ShouldBe(RolloutStates.Completed);
        end.Stages.Single(x => x.Name == "preflight").Detail.ShouldBe("4 hosts, 1 unreachable: web-2");
        end.Stages.Single(x => x.Name == "wave-1").Detail.ShouldBe("2 of 3 hosts, 1 failed");
        end.Hosts.Single(x => x.Name == "web-2").Failure!.Code.ShouldBe("host-unreachable");
    }

    [Theory]
    [InlineData("web-2 install 2.0")]
    [InlineData("web-2 inspect")]
    public async Task A_host_that_makes_the_deployer_stumble_fails_alone(string deed)
    {
        await using var host = await DeployerHost.StartAsync();
        host.Fleet.Crashing[deed] = true;

        var end = await host.EndAsync(
            await host.RollOutAsync(
                plan: new DeploymentPlan
                {
                    Promotion = PromotionPolicy.Automatic,
                    Waves = ["100%"],
                    FailureBudget = "1",
                }
            )
        );

        end.State.ShouldBe(RolloutStates.Completed);
        end.Hosts.Single(x => x.Name == "web-2")
            .Failure.ShouldNotBeNull()
            .ShouldSatisfyAllConditions(
                x => x.Code.ShouldBe("host-error"),
                x => x.Message.ShouldBe("web-2: Nobody thought of that.")
            );
    }

    [Fact]
    public async Task An_update_is_tried_again_on_the_same_host()
    {
        await using var host = await DeployerHost.StartAsync(("hosttries", "3"));
        host.Fleet.Failing["canary-1 install 2.0"] = true;

        await host.EndAsync(await host.RollOutAsync());

        host.Fleet.Deeds.Count(deed => deed == "canary-1 install 2.0").ShouldBe(3);
    }

    [Fact]
    public async Task A_repository_that_is_away_for_a_while_is_no_fault_of_a_host()
    {
        await using var host = await DeployerHost.StartAsync(("hosttries", "1"), ("hostretrydelay", "00:00:00.010"));
        host.Fleet.WithoutRepository["canary-1 install 2.0"] = 5;
        host.Fleet.WithoutRepository["web-2 install 2.0"] = 5;

        var end = await host.EndAsync(await host.RollOutAsync());

        end.State.ShouldBe(RolloutStates.Completed);
        host.Fleet.Deeds.Count(deed => deed == "canary-1 install 2.0").ShouldBe(6);
        host.Fleet.Deeds.Count(deed => deed == "web-2 install 2.0").ShouldBe(6);
    }

    [Fact]
    public async Task A_repository_that_stays_away_fails_the_host_after_its_tries()
    {
        await using var host = await DeployerHost.StartAsync(("hosttries", "2"), ("repositorypatience", "00:00:00"));
        host.Fleet.WithoutRepository["canary-1 install 2.0"] = 100;

        var end = await host.EndAsync(await host.RollOutAsync());

        end.State.ShouldBe(RolloutStates.RolledBack);
        end.Failure!.Message.ShouldContain("canary-1 install 2.0 found no repository.");
        host.Fleet.Deeds.Count(deed => deed == "canary-1 install 2.0").ShouldBe(2);
    }

    [Fact]
    public async Task A_host_that_cannot_be_taken_back_is_named()
    {
        await using var host = await DeployerHost.StartAsync();
        host.Fleet.Ill["canary-1 2.0"] = true;
        host.Fleet.Failing["canary-1 install 1.0"] = true;

        var end = await host.EndAsync(await host.RollOutAsync());

        end.State.ShouldBe(RolloutStates.Failed);
        end.Failure!.Code.ShouldBe("rollback-incomplete");
        end.Failure.Message.ShouldContain("it coughs");
        end.Failure.Message.ShouldContain("1 of 1 hosts could not be rolled back: canary-1 install 1.0 went wrong.");
        end.Failure.Remedy.ShouldBe("Roll back by hand: on canary-1, apt-get install --allow-downgrades shop=1.0.");
    }

    [Fact]
    public async Task The_version_before_is_checked_by_its_own_health_check()
    {
        await using var host = await DeployerHost.StartAsync();
        await host.EndAsync(await host.RollOutAsync("1.5", number: 1));
        host.Fleet.Ill["canary-1 2.0"] = true;
        host.Fleet.Ill["canary-1 1.5"] = true;

        var end = await host.EndAsync(await host.RollOutAsync("2.0", number: 2));

        end.State.ShouldBe(RolloutStates.Failed);
        end.Failure!.Message.ShouldContain("canary-1 is unhealthy with shop 1.5");
    }

    [Fact]
    public async Task A_host_with_a_broken_package_goes_back_to_the_version_of_the_fleet()
    {
        await using var host = await DeployerHost.StartAsync();
        await host.EndAsync(await host.RollOutAsync("1.5", number: 1));
        host.Fleet.Put("canary-1", "1.7");
        host.Fleet.Broken["canary-1"] = true;
        host.Fleet.Ill["canary-1 2.0"] = true;

        var end = await host.EndAsync(await host.RollOutAsync("2.0", number: 2));

        end.State.ShouldBe(RolloutStates.RolledBack);
        host.Fleet.VersionOn("canary-1").ShouldBe("1.5");
    }

    [Fact]
    public async Task A_fleet_without_hosts_for_the_application_is_an_error_that_says_what_to_do()
    {
        await using var host = await DeployerHost.StartAsync();

        var end = await host.EndAsync(await host.RollOutAsync(plan: new DeploymentPlan { Role = "database" }));

        end.State.ShouldBe(RolloutStates.Failed);
        end.HostsReached.ShouldBeFalse();
        end.Failure!.Code.ShouldBe("no-hosts");
        end.Failure.Remedy.ShouldContain("role: database");
        host.Publisher.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_fleet_without_a_canary_is_refused()
    {
        await using var host = await DeployerHost.StartAsync(["web-1"]);

        var end = await host.EndAsync(await host.RollOutAsync());

        end.State.ShouldBe(RolloutStates.Failed);
        end.Failure!.Code.ShouldBe("no-canary-host");
    }

    [Fact]
    public async Task A_fleet_without_a_canary_goes_straight_to_production_when_that_is_allowed()
    {
        await using var host = await DeployerHost.StartAsync(["web-1"], ("allownocanary", "true"));

        var end = await host.EndAsync(await host.RollOutAsync());

        end.State.ShouldBe(RolloutStates.Completed);
        end.Stages.Single(x => x.Name == "canary").State.ShouldBe(StageState.Skipped);
        host.Fleet.VersionOn("web-1").ShouldBe("2.0");
    }

    [Fact]
    public async Task Dead_canaries_end_the_rollout_before_anything_is_changed()
    {
        await using var host = await DeployerHost.StartAsync();
        host.Fleet.Dead["canary-1"] = true;

        var end = await host.EndAsync(await host.RollOutAsync());

        end.State.ShouldBe(RolloutStates.Failed);
        end.Failure!.Code.ShouldBe("canaries-unreachable");
        host.Publisher.Requests.ShouldBeEmpty();
        host.Fleet.Deeds.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_repository_that_does_not_give_out_its_key_yet_is_waited_for_and_no_host_is_blamed()
    {
        await using var host = await DeployerHost.StartAsync();
        host.Fleet.WithoutKey = true;

        var id = await host.RollOutAsync();
        await host.UntilAsync(id, rollout => rollout.WaitingFor is not null);
        host.Fleet.WithoutKey = false;

        var end = await host.EndAsync(id);
        end.State.ShouldBe(RolloutStates.Completed, end.Failure?.Message);
        end.WaitingFor.ShouldBeNull();
    }

    [Fact]
    public async Task An_invalid_plan_is_an_error_that_names_the_field()
    {
        await using var host = await DeployerHost.StartAsync();

        var end = await host.EndAsync(await host.RollOutAsync(plan: new DeploymentPlan { Waves = ["50%", "a few"] }));

        end.State.ShouldBe(RolloutStates.Failed);
        end.Failure!.Message.ShouldBe(
            "The deployment plan of shop is invalid in its waves: 'a few' is neither a number of hosts (such as 5), nor "
                + "a share of them (1% to 100%), nor a tag (such as zone=a)."
        );
    }

    [Fact]
    public async Task An_invalid_inventory_stops_rollouts_and_names_the_line()
    {
        await using var host = await DeployerHost.StartAsync();
        host.WriteInventoryText("hosts:\n  - name: web-1\n    channel: test\n");

        var end = await host.EndAsync(await host.RollOutAsync());

        end.Failure!.Code.ShouldBe("inventory-invalid");
        end.Failure.Message.ShouldContain("line 3: key 'channel'");
    }

    [Fact]
    public async Task A_suite_that_cannot_be_changed_ends_the_rollout_with_its_reason()
    {
        await using var host = await DeployerHost.StartAsync();
        host.Publisher.Refusals.Add("advertise canary");

        var end = await host.EndAsync(await host.RollOutAsync());

        end.State.ShouldBe(RolloutStates.Failed);
        end.Failure!.Code.ShouldBe("disk-full");
        host.Fleet.Deeds.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_version_that_cannot_be_withdrawn_is_taken_off_the_hosts_all_the_same()
    {
        await using var host = await DeployerHost.StartAsync();
        host.Fleet.Ill["canary-1 2.0"] = true;
        host.Publisher.Refusals.Add("withdraw");

        var end = await host.EndAsync(await host.RollOutAsync());

        end.State.ShouldBe(RolloutStates.Failed);
        end.Failure!.Message.ShouldContain("The suite canary still lists shop 2.0: The disk is full.");
        host.Fleet.VersionOn("canary-1").ShouldBe("1.0");
    }
}
