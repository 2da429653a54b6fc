using Canary.Contracts;
using Canary.Contracts.Deploying;
using Canary.Contracts.Publishing;
using Canary.Testing;

namespace Canary.Deployer.Tests.Rollouts;

/// <summary>A rollback brings each host to what it had, whatever sorts higher and whatever the package was called.</summary>
public sealed class WayBackTests
{
    [Fact]
    public async Task The_suites_list_again_what_the_hosts_had_before_anything_goes_back()
    {
        await using var host = await DeployerHost.StartAsync();
        await host.EndAsync(await host.RollOutAsync("2.0", number: 1));
        host.Fleet.Put("web-3", "1.0");
        host.Fleet.Failing["web-3 install 1.9"] = true;

        var end = await host.EndAsync(await host.RollOutAsync("1.9", number: 2));

        end.State.ShouldBe(RolloutStates.RolledBack);
        host.Publisher.Restored["production 1.9"].ShouldBe(["shop 2.0", "shop 1.0"]);
        host.Publisher.Restored["canary 1.9"].ShouldBe(["shop 2.0"]);
        host.Fleet.VersionOn("canary-1").ShouldBe("2.0");
        host.Fleet.VersionOn("web-1").ShouldBe("2.0");
        host.Fleet.VersionOn("web-3").ShouldBe("1.0");
    }

    [Fact]
    public async Task A_host_whose_own_version_is_gone_gets_what_the_fleet_was_brought_to()
    {
        await using var host = await DeployerHost.StartAsync();
        await host.EndAsync(await host.RollOutAsync("2.0", number: 1));
        host.Fleet.Put("web-1", "0.9");
        host.Publisher.Forgotten.Add("0.9");
        host.Fleet.Failing["web-2 install 3.0"] = true;

        var end = await host.EndAsync(await host.RollOutAsync("3.0", number: 2));

        end.State.ShouldBe(RolloutStates.RolledBack);
        host.Fleet.VersionOn("web-1").ShouldBe("2.0");
    }

    [Fact]
    public async Task A_host_that_nothing_is_left_for_is_named_with_what_it_had()
    {
        await using var host = await DeployerHost.StartAsync();
        host.Publisher.Forgotten.Add("1.0");
        host.Fleet.Ill["canary-1 2.0"] = true;

        var end = await host.EndAsync(await host.RollOutAsync("2.0"));

        end.State.ShouldBe(RolloutStates.Failed);
        end.Failure!.Code.ShouldBe("rollback-incomplete");
        end.Failure.Message.ShouldContain("canary-1 had shop 1.0 before, which the repository does not have any more");
        end.Failure.Remedy.ShouldContain("canary deploy");
        host.Fleet.Deeds.ShouldBe(["canary-1 install 2.0"]);
    }

    [Fact]
    public async Task A_rollback_over_another_name_of_the_package_brings_the_old_package_back()
    {
        await using var host = await DeployerHost.StartAsync();
        await host.EndAsync(await host.RollOutAsync("2.0", number: 1));
        host.Fleet.Ill["canary-1 3.0"] = true;

        var end = await host.EndAsync(await host.RollOutAsync("3.0", number: 2, package: "shop-web"));

        end.State.ShouldBe(RolloutStates.RolledBack);
        host.Fleet.VersionOn("canary-1").ShouldBe("2.0");
        host.Fleet.VersionOn("canary-1", "shop-web").ShouldBeNull();
        host.Fleet.Deeds.Last().ShouldBe("canary-1 remove shop-web", "Its configuration stays, as that of the former.");
        host.Publisher.Restored["canary 3.0"].ShouldBe(["shop 2.0"]);
    }

    [Fact]
    public async Task A_host_that_can_only_purge_is_left_alone_by_a_version_under_another_name()
    {
        await using var host = await DeployerHost.StartAsync();
        await host.EndAsync(await host.RollOutAsync("2.0", number: 1));
        host.Fleet.Outdated["canary-1"] = true;

        var end = await host.EndAsync(await host.RollOutAsync("3.0", number: 2, package: "shop-web"));

        end.State.ShouldBe(RolloutStates.RolledBack);
        end.Failure!.Message.ShouldContain("canary-1 can only purge");
        end.Failure.Remedy.ShouldBe("Update it.");
        host.Fleet.Deeds.Where(deed => deed.StartsWith("canary-1", StringComparison.Ordinal))
            .ShouldBe(["canary-1 install 2.0"]);
    }

    [Fact]
    public async Task On_the_way_back_a_host_that_can_only_purge_serves_again_and_keeps_what_was_to_go()
    {
        await using var host = await DeployerHost.StartAsync();
        await host.EndAsync(await host.RollOutAsync("2.0", number: 1));
        host.Fleet.Ill["canary-1 3.0"] = true;
        host.Fleet.Installing = (_, version) =>
        {
            if (version == "3.0")
            {
                host.Fleet.Outdated["canary-1"] = true;
            }

            return Task.CompletedTask;
        };

        var end = await host.EndAsync(await host.RollOutAsync("3.0", number: 2, package: "shop-web"));

        end.State.ShouldBe(RolloutStates.RolledBack);
        host.Fleet.VersionOn("canary-1").ShouldBe("2.0");
        host.Fleet.VersionOn("canary-1", "shop-web").ShouldBe("3.0");
    }

    [Fact]
    public async Task After_a_good_version_under_another_name_the_former_package_is_gone()
    {
        await using var host = await DeployerHost.StartAsync();
        await host.EndAsync(await host.RollOutAsync("2.0", number: 1));

        var end = await host.EndAsync(await host.RollOutAsync("3.0", number: 2, package: "shop-web"));

        end.State.ShouldBe(RolloutStates.Completed);
        foreach (var name in new[] { "canary-1", "web-1", "web-2", "web-3" })
        {
            host.Fleet.VersionOn(name).ShouldBeNull();
            host.Fleet.VersionOn(name, "shop-web").ShouldBe("3.0");
            host.Fleet.Deeds.ShouldContain($"{name} remove");
            host.Fleet.Deeds.ShouldNotContain($"{name} purge");
        }
    }

    [Fact]
    public async Task A_host_that_the_rollout_never_got_to_keeps_what_it_has()
    {
        await using var host = await DeployerHost.StartAsync(("waves:0", "100%"), ("failurebudget", "0"));
        host.Fleet.Dead["web-1"] = true;
        host.Fleet.Failing["web-2 install 2.0"] = true;
        var id = await host.RollOutAsync("2.0", PromotionPolicy.Manual);
        await host.InStateAsync(id, RolloutStates.AwaitingPromotion);
        host.Fleet.Dead.Clear();
        host.Fleet.Hanging["web-1 inspect"] = true;

        await host.PromoteAsync(id);
        await host.InStateAsync(id, RolloutStates.RollingBack);
        host.Fleet.Hanging.Clear();
        var end = await host.EndAsync(id);

        end.Failure!.Code.ShouldBe("wave-failed");
        host.Fleet.VersionOn("web-1").ShouldBe("1.0");
        host.Fleet.Deeds.ShouldNotContain("web-1 purge");
    }

    [Fact]
    public async Task Hosts_without_a_way_back_are_named_before_any_host_is_touched()
    {
        await using var host = await DeployerHost.StartAsync();
        await host.EndAsync(await host.RollOutAsync("2.0", number: 1));
        host.Fleet.Put("web-1", "0.9");
        host.Fleet.Put("web-3", "0.9");
        host.Publisher.Forgotten.Add("0.9");
        host.Publisher.Silence.Add("advertise canary 3.0");

        var id = await host.RollOutAsync("3.0", number: 2);
        var warned = await host.UntilAsync(id, rollout => rollout.Warnings.Count > 0);

        warned.State.ShouldBe(RolloutStates.Preflight);
        warned.HostsReached.ShouldBeFalse();
        warned
            .Warnings.ShouldHaveSingleItem()
            .ShouldBe(
                "No way back for web-1, web-3: the repository does not have shop 0.9 any more, which runs there; such hosts get "
                    + "shop 2.0 if this release is rolled back."
            );
        host.Fleet.Deeds.ShouldNotContain(deed => deed.EndsWith("3.0"));
    }

    [Fact]
    public async Task What_nothing_can_replace_is_said_and_does_not_stop_the_rollout()
    {
        await using var host = await DeployerHost.StartAsync();
        host.Publisher.Forgotten.Add("1.0");

        var end = await host.EndAsync(await host.RollOutAsync("2.0"));

        end.State.ShouldBe(RolloutStates.Completed);
        end.Warnings.ShouldHaveSingleItem().ShouldEndWith("such hosts cannot be rolled back from here.");
    }

    [Fact]
    public async Task A_first_installation_has_no_way_back_by_nature_and_no_warning()
    {
        await using var host = await DeployerHost.StartAsync(["canary-1", "web-1"]);

        var end = await host.EndAsync(await host.RollOutAsync("2.0"));

        end.State.ShouldBe(RolloutStates.Completed);
        end.Warnings.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_publisher_is_told_what_to_keep_also_of_a_host_that_is_down()
    {
        await using var host = await DeployerHost.StartAsync();
        host.Fleet.Put("web-3", "1.5");
        await host.EndAsync(await host.RollOutAsync("2.0", number: 1));
        await Eventually.TrueAsync(() =>
            host.Heard.Messages.OfType<HostsObserved>().Any(seen => seen.Hosts.Any(it => it.Name == "web-3"))
        );
        host.Fleet.Dead["web-3"] = true;
        host.Fleet.Put("web-1", "1.0");

        await host.EndAsync(await host.RollOutAsync("3.0", number: 2));

        host.Publisher.Kept[2].ShouldBe(["shop 1.0", "shop 1.5", "shop 2.0"], ignoreOrder: true);
        host.Publisher.Kept[3].ShouldBe(["shop 1.0", "shop 2.0", "shop 3.0"], ignoreOrder: true);
    }

    [Fact]
    public async Task A_publisher_that_does_not_say_what_it_keeps_ends_the_rollout_before_any_host()
    {
        await using var host = await DeployerHost.StartAsync(("replydeadline", "00:00:00.050"), ("resends", "1"));
        host.Publisher.Silence.Add("keep");

        var end = await host.EndAsync(await host.RollOutAsync());

        end.Failure!.Code.ShouldBe("no-answer");
        host.Publisher.Requests.ShouldBeEmpty();
        host.Fleet.Deeds.ShouldBeEmpty();
    }
}
