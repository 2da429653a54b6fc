using System.Globalization;
using Canary.Contracts.Deploying;
using Canary.Testing;

namespace Canary.Deployer.Tests.Rollouts;

/// <summary>Windows and freezes, and people who must agree.</summary>
public sealed class GateTests
{
    private static readonly (string Key, string Value) Often = ("gateinterval", "00:00:00.050");

    /// <summary>On another day than today and tomorrow.</summary>
    private static string ClosedWindow =>
        TimeProvider.System.GetUtcNow().AddDays(3).ToString("ddd", CultureInfo.InvariantCulture).ToLowerInvariant()
        + " 00:00-24:00 UTC";

    [Fact]
    public async Task A_closed_window_holds_the_start_and_says_when_it_opens_and_a_person_can_override_it()
    {
        await using var host = await DeployerHost.StartAsync(("windows:0", ClosedWindow), Often);
        var id = await host.RollOutAsync();

        var held = await host.UntilAsync(id, it => it.WaitingFor is not null);
        held.State.ShouldBe(RolloutStates.Queued);
        held.WaitingFor.ShouldStartWith($"the window {ClosedWindow} to open at ");
        held.WaitingFor.ShouldEndWith($"; sooner: canary releases override {id.ToString()[..8]} --reason TEXT");
        await host.RestartAsync();
        host.Fleet.Deeds.ShouldBeEmpty();

        await host.SendAsync(
            new OverrideGates
            {
                RolloutId = id,
                By = "ada",
                Reason = "the shop is broken",
            }
        );

        var end = await host.EndAsync(id);
        end.State.ShouldBe(RolloutStates.Completed);
        end.Warnings.ShouldContain("ada has it go on in spite of windows and freezes: the shop is broken");
        host.Fleet.Deeds.Count(deed => deed == "canary-1 install 2.0").ShouldBe(1);
    }

    [Fact]
    public async Task Windows_of_the_commit_narrow_those_of_the_configuration()
    {
        await using var host = await DeployerHost.StartAsync(("windows:0", "daily 00:00-24:00 UTC"), Often);

        var id = await host.RollOutAsync(plan: new DeploymentPlan { Windows = [ClosedWindow] });
        (await host.UntilAsync(id, it => it.WaitingFor is not null)).WaitingFor!.ShouldContain(ClosedWindow);
        await host.SupersedeAsync(id);

        (await host.EndAsync(id)).State.ShouldBe(RolloutStates.Superseded);
        (
            await host.EndAsync(
                await host.RollOutAsync(
                    number: 1,
                    plan: new DeploymentPlan
                    {
                        Promotion = PromotionPolicy.Automatic,
                        Windows = ["daily 00:00-24:00 Europe/Berlin"],
                    }
                )
            )
        ).State.ShouldBe(RolloutStates.Completed);
    }

    [Fact]
    public async Task A_freeze_holds_the_next_wave_until_it_is_removed()
    {
        await using var host = await DeployerHost.StartAsync(Often);
        var id = await host.RollOutAsync(promotion: PromotionPolicy.Manual);
        await host.InStateAsync(id, RolloutStates.AwaitingPromotion);
        var freeze = Freeze();
        await FreezeAsync(host, 1, freeze);

        await host.PromoteAsync(id);
        var held = await host.UntilAsync(id, it => it.WaitingFor?.Contains("freeze", StringComparison.Ordinal) == true);
        held.State.ShouldBe(RolloutStates.DeployingWave);
        held.WaitingFor.ShouldBe(
            $"the freeze by bob (the sale is on) to end; sooner: canary freeze remove {freeze.Id.ToString()[..8]}, or "
                + $"canary releases override {id.ToString()[..8]} --reason TEXT"
        );
        host.Fleet.VersionOn("web-1").ShouldBe("1.0");

        // One that comes late changes nothing.
        await FreezeAsync(host, 2);
        await FreezeAsync(host, 1, freeze);
        (await host.EndAsync(id)).State.ShouldBe(RolloutStates.Completed);
    }

    [Fact]
    public async Task What_goes_back_is_never_held()
    {
        await using var host = await DeployerHost.StartAsync(Often);
        var held = await host.RollOutAsync(promotion: PromotionPolicy.Manual);
        await host.InStateAsync(held, RolloutStates.AwaitingPromotion);
        await FreezeAsync(host, 1, Freeze());
        await host.PromoteAsync(held);
        await host.UntilAsync(held, it => it.WaitingFor?.Contains("freeze", StringComparison.Ordinal) == true);

        await host.RollBackAsync(held);
        (await host.EndAsync(held)).State.ShouldBe(RolloutStates.RolledBack);
        host.Fleet.VersionOn("canary-1").ShouldBe("1.0");

        var undo = Guid.NewGuid();
        await host.SendAsync(
            DeployerHost.Start(undo, "0.9", number: 1) with
            {
                GoesBack = true,
                Promotes = true,
                By = "ada",
            }
        );
        (await host.EndAsync(undo)).State.ShouldBe(RolloutStates.Completed);
    }

    [Fact]
    public async Task Canaries_that_fall_ill_while_a_freeze_holds_the_wave_go_back()
    {
        await using var host = await DeployerHost.StartAsync(Often);
        var (id, _) = await HeldBeforeProductionAsync(host);

        host.Fleet.Ill["canary-1 2.0"] = true;
        var end = await host.EndAsync(id);

        end.State.ShouldBe(RolloutStates.RolledBack);
        end.Failure.ShouldNotBeNull().Code.ShouldBe("canary-failed");
        host.Fleet.VersionOn("canary-1").ShouldBe("1.0");
        host.Fleet.Deeds.ShouldNotContain("web-1 install 2.0");
    }

    [Fact]
    public async Task A_pause_carries_no_wave_past_a_freeze()
    {
        await using var host = await DeployerHost.StartAsync(Often);
        var id = await host.RollOutAsync(promotion: PromotionPolicy.Manual);
        await host.InStateAsync(id, RolloutStates.AwaitingPromotion);
        await host.PauseAsync(id);
        await host.PromoteAsync(id);
        await host.InStateAsync(id, RolloutStates.Paused);
        await FreezeAsync(host, 1, Freeze());

        await host.ResumeAsync(id);
        var held = await host.UntilAsync(id, it => it.WaitingFor?.Contains("freeze", StringComparison.Ordinal) == true);
        held.State.ShouldBe(RolloutStates.Paused);
        held.WaitingFor.ShouldEndWith($"; then: canary releases resume {id.ToString()[..8]}");
        host.Fleet.Deeds.ShouldNotContain("web-1 install 2.0");

        await host.SendAsync(
            new OverrideGates
            {
                RolloutId = id,
                By = "ada",
                Reason = "the shop is broken",
            }
        );
        await host.ResumeAsync(id);
        (await host.EndAsync(id)).State.ShouldBe(RolloutStates.Completed);
    }

    [Fact]
    public async Task Without_canaries_a_freeze_holds_the_script_before_the_first_host_as_well()
    {
        await using var host = await DeployerHost.StartAsync(["web-1", "web-2"], Often, ("allownocanary", "true"));
        var plan = new DeploymentPlan { PreDeploy = new PreDeployScript { Path = "/opt/shop/script/pre-deploy" } };
        var (id, _) = await HeldBeforeProductionAsync(host, plan);
        host.Fleet.Deeds.ShouldBeEmpty();

        await FreezeAsync(host, 2);
        (await host.EndAsync(id)).State.ShouldBe(RolloutStates.Completed);
        host.Fleet.Deeds.First().ShouldBe("web-1 hook 2.0");
        host.Fleet.Deeds.Count(deed => deed.Contains("hook", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public async Task What_a_freeze_holds_before_its_first_host_is_superseded()
    {
        await using var host = await DeployerHost.StartAsync(["web-1"], Often, ("allownocanary", "true"));
        var (id, _) = await HeldBeforeProductionAsync(host);

        await host.SupersedeAsync(id);

        (await host.EndAsync(id)).State.ShouldBe(RolloutStates.Superseded);
        host.Fleet.Deeds.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_author_who_may_not_approve_promotes_nothing_beforehand()
    {
        await using var host = await DeployerHost.StartAsync(("authormayapprove", "false"));
        var id = Guid.NewGuid();
        await host.SendAsync(
            DeployerHost.Start(id, promotion: PromotionPolicy.Manual) with
            {
                Author = "eve",
                By = "eve",
                Promotes = true,
            }
        );

        await host.InStateAsync(id, RolloutStates.AwaitingPromotion);
        host.Fleet.VersionOn("web-1").ShouldBe("1.0");
        await PromoteAsync(host, id, "ada");
        (await host.EndAsync(id)).State.ShouldBe(RolloutStates.Completed);
    }

    [Fact]
    public async Task A_freeze_of_another_application_or_of_another_time_holds_nothing()
    {
        await using var host = await DeployerHost.StartAsync(
            ("freezes:0:from", "2020-01-01T00:00:00Z"),
            ("freezes:0:until", "2020-01-02T00:00:00Z"),
            ("freezes:0:reason", "it was long ago")
        );
        await FreezeAsync(host, 1, Freeze() with { Application = "blog" });

        (await host.EndAsync(await host.RollOutAsync())).State.ShouldBe(RolloutStates.Completed);
    }

    [Fact]
    public async Task Two_different_people_must_approve_and_the_author_is_none_of_them()
    {
        await using var host = await DeployerHost.StartAsync(
            ("approvals", "2"),
            ("authormayapprove", "false"),
            // Which is not enough.
            ("promotion", "Automatic")
        );
        var id = Guid.NewGuid();
        await host.SendAsync(DeployerHost.Start(id) with { Author = "eve" });
        var waiting = await host.InStateAsync(id, RolloutStates.AwaitingPromotion);
        waiting.WaitingFor.ShouldBe(
            $"2 more people to approve (eve may not, whose release it is): canary releases promote {id.ToString()[..8]}"
        );

        await PromoteAsync(host, id, "Eve");
        await PromoteAsync(host, id, "ada");
        await PromoteAsync(host, id, "Ada");
        var once = await host.UntilAsync(id, it => it.Approvals!.By.Count > 0);
        once.Approvals.ShouldNotBeNull().Required.ShouldBe(2);
        once.Approvals.By.ShouldBe(["ada"]);
        once.WaitingFor.ShouldStartWith("1 more person to approve (ada did; eve may not");
        host.Fleet.VersionOn("web-1").ShouldBe("1.0");

        await PromoteAsync(host, id, "bob");
        var end = await host.EndAsync(id);
        end.State.ShouldBe(RolloutStates.Completed);
        end.Stages.Single(stage => stage.Name == "promotion").Detail.ShouldBe("by ada and bob");
    }

    [Fact]
    public async Task A_smoke_test_that_fails_sends_the_canary_back_before_it_soaks()
    {
        await using var host = await DeployerHost.StartAsync();
        host.Fleet.Ill["canary-1 2.0"] = true;

        var end = await host.EndAsync(
            await host.RollOutAsync(
                plan: new DeploymentPlan
                {
                    Promotion = PromotionPolicy.Automatic,
                    Smoke = new SmokeCommand { Command = ["script/smoke"] },
                }
            )
        );

        end.State.ShouldBe(RolloutStates.RolledBack);
        end.Failure!.Message.ShouldContain("The smoke test of shop 2.0 failed on canary-1: it coughs");
        host.Fleet.VersionOn("canary-1").ShouldBe("1.0");
        host.Fleet.Checks.ShouldBe(["canary-1"]);
    }

    [Fact]
    public async Task A_smoke_test_runs_once_on_each_canary_and_nowhere_else()
    {
        await using var host = await DeployerHost.StartAsync(["canary-1", "canary-2", "web-1"]);

        var end = await host.EndAsync(
            await host.RollOutAsync(
                plan: new DeploymentPlan
                {
                    Promotion = PromotionPolicy.Automatic,
                    Smoke = new SmokeCommand { Command = ["script/smoke"] },
                }
            )
        );

        end.State.ShouldBe(RolloutStates.Completed);
        host.Fleet.Checks.ShouldBe(["canary-1", "canary-2"], ignoreOrder: true);
    }

    private static async Task<(Guid Rollout, Freeze Freeze)> HeldBeforeProductionAsync(
        DeployerHost host,
        DeploymentPlan? plan = null
    )
    {
        var id = await host.RollOutAsync(promotion: PromotionPolicy.Manual, plan: plan);
        await host.InStateAsync(id, RolloutStates.AwaitingPromotion);
        var freeze = Freeze();
        await FreezeAsync(host, 1, freeze);
        await host.PromoteAsync(id);
        await host.UntilAsync(id, it => it.WaitingFor?.Contains("freeze", StringComparison.Ordinal) == true);
        return (id, freeze);
    }

    private static Freeze Freeze() =>
        new()
        {
            Id = Guid.NewGuid(),
            From = DateTimeOffset.UnixEpoch,
            Reason = "the sale is on",
            By = "bob",
        };

    private static async Task FreezeAsync(DeployerHost host, long revision, params Freeze[] freezes)
    {
        await host.SendAsync(new SetFreezes { Revision = revision, Freezes = freezes });
        await Eventually.TrueAsync(async () => await host.FreezeRevisionAsync() >= revision);
    }

    private static Task PromoteAsync(DeployerHost host, Guid id, string by) =>
        host.SendAsync(new PromoteRollout { RolloutId = id, By = by });
}
