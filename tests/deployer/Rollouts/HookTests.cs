using Canary.Contracts;
using Canary.Contracts.Deploying;
using Canary.Deployer.Transport;

namespace Canary.Deployer.Tests.Rollouts;

/// <summary>The script of a package that runs once before the first host.</summary>
public sealed class HookTests
{
    private static readonly (string Key, string Value)[] ShortDeadlines =
    [
        ("replydeadline", "00:00:01"),
        ("hostdeadline", "00:00:01"),
    ];

    private static DeploymentPlan Plan =>
        new()
        {
            Promotion = PromotionPolicy.Automatic,
            PreDeploy = new PreDeployScript { Path = "/opt/shop/script/pre-deploy" },
        };

    private static DeploymentPlan ShortPlan =>
        Plan with
        {
            PreDeploy = new PreDeployScript
            {
                Path = "/opt/shop/script/pre-deploy",
                TimeLimit = TimeSpan.FromSeconds(1),
            },
        };

    [Fact]
    public async Task It_runs_on_a_canary_before_any_host_and_before_the_version_is_offered()
    {
        await using var host = await DeployerHost.StartAsync(["canary-1", "canary-2", "web-1"]);

        var end = await host.EndAsync(await host.RollOutAsync(plan: Plan));

        end.State.ShouldBe(RolloutStates.Completed, end.Failure?.ToString());
        host.Fleet.Deeds.First().ShouldBe("canary-1 hook 2.0");
        host.Fleet.Deeds.Count(deed => deed.Contains("hook", StringComparison.Ordinal)).ShouldBe(1);
        host.Publisher.Requests.ShouldBe([
            "advertise canary 2.0 0",
            "advertise canary 2.0 100",
            "advertise production 2.0 0",
            "advertise production 2.0 100",
        ]);
        end.Stages.Take(3)
            .Select(stage => $"{stage.Name} {stage.State}: {stage.Detail}")
            .ShouldBe([
                "preflight Succeeded: 3 hosts",
                "pre-deploy Succeeded: on canary-1",
                "canary Succeeded: 2 of 2 hosts",
            ]);
    }

    [Fact]
    public async Task A_failure_ends_the_release_before_any_host_is_changed()
    {
        await using var host = await DeployerHost.StartAsync();
        host.Fleet.HookAnswers.Enqueue(
            new HookOutcome(HookStanding.Failed, "ended with exit code 3:\nno database", 12)
        );

        var end = await host.EndAsync(await host.RollOutAsync(plan: Plan));

        end.State.ShouldBe(RolloutStates.Failed);
        end.HostsReached.ShouldBeFalse();
        end.Failure.ShouldNotBeNull().Code.ShouldBe("pre-deploy-failed");
        end.Failure.Message.ShouldBe(
            "/opt/shop/script/pre-deploy of shop 2.0 failed on canary-1: it ended with exit code 3: no database\nNo host was changed."
        );
        host.Fleet.VersionOn("canary-1").ShouldBe("1.0");
        host.Publisher.Requests.Last().ShouldStartWith("withdraw canary 2.0");
        end.Stages.ShouldContain(stage => stage.Name == "pre-deploy" && stage.State == StageState.Failed);
    }

    [Fact]
    public async Task One_whose_end_nobody_knows_fails_the_release_and_says_what_to_look_at()
    {
        await using var host = await DeployerHost.StartAsync();
        host.Fleet.HookAnswers.Enqueue(new HookOutcome(HookStanding.Unknown, "started at 2026-01-01T00:00:00Z", 0));

        var end = await host.EndAsync(await host.RollOutAsync(plan: Plan));

        end.State.ShouldBe(RolloutStates.Failed);
        end.Failure.ShouldNotBeNull().Code.ShouldBe("pre-deploy-unknown");
        end.Failure.Remedy.ShouldContain("--pre-deploy-done");
    }

    [Fact]
    public async Task A_host_that_cannot_be_asked_is_waited_for_and_no_other_is_taken()
    {
        await using var host = await DeployerHost.StartAsync(["canary-1", "canary-2", "web-1"], ShortDeadlines);
        host.Fleet.Hanging["canary-1 hook"] = true;
        var id = await host.RollOutAsync(plan: Plan);
        await host.DoneAsync("canary-1 hook 2.0");

        host.Fleet.Dead["canary-1"] = true;
        host.Fleet.Hanging.Clear();
        var waiting = await host.UntilAsync(id, it => it.WaitingFor is not null);
        waiting.WaitingFor.ShouldBe(
            "canary-1, which alone knows whether the script before the first host has run: canary-1 does not answer."
        );
        host.Fleet.Dead.Clear();

        (await host.EndAsync(id)).State.ShouldBe(RolloutStates.Completed);
        host.Fleet.Deeds.ShouldNotContain("canary-2 hook 2.0");
    }

    [Fact]
    public async Task A_host_that_stays_away_ends_the_release()
    {
        await using var host = await DeployerHost.StartAsync(("predeploypatience", "00:00:00"));
        host.Fleet.Hanging["canary-1 hook"] = true;
        var id = await host.RollOutAsync(plan: Plan);
        await host.DoneAsync("canary-1 hook 2.0");
        host.Fleet.Dead["canary-1"] = true;
        host.Fleet.Hanging.Clear();

        var end = await host.EndAsync(id);

        end.State.ShouldBe(RolloutStates.Failed);
        end.Failure!.Message.ShouldContain("which cannot be asked whether it has: canary-1 does not answer.");
    }

    [Fact]
    public async Task One_that_takes_long_is_followed_to_its_end_over_restarts_and_lost_words()
    {
        await using var host = await DeployerHost.StartAsync(ShortDeadlines);
        await host.LoseAsync("Canary.Deployer.Hooks.HookReported", nth: 2);
        for (var visit = 0; visit < 5; visit++)
        {
            host.Fleet.HookAnswers.Enqueue(new HookOutcome(HookStanding.Running, "", visit));
        }

        host.Fleet.Hanging["canary-1 hook"] = true;
        var id = await host.RollOutAsync(plan: Plan);
        await host.DoneAsync("canary-1 hook 2.0");
        await host.RestartAsync();
        host.Fleet.Hanging.Clear();

        (await host.EndAsync(id)).State.ShouldBe(RolloutStates.Completed);
        host.Fleet.Hooks.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_host_that_says_for_ever_that_it_runs_is_not_believed()
    {
        await using var host = await DeployerHost.StartAsync([.. ShortDeadlines, ("predeploypatience", "00:00:00")]);
        host.Fleet.EndlessHook = new HookOutcome(HookStanding.Running, "", 0);

        var end = await host.EndAsync(await host.RollOutAsync(plan: ShortPlan));

        end.State.ShouldBe(RolloutStates.Failed);
        end.HostsReached.ShouldBeFalse();
        end.Failure.ShouldNotBeNull().Code.ShouldBe("pre-deploy-unknown");
        end.Failure.Message.ShouldStartWith(
            "/opt/shop/script/pre-deploy of shop 2.0 still runs, canary-1 says, long after its time limit of 1 s"
        );
    }

    [Fact]
    public async Task One_that_waits_for_the_script_of_another_release_has_all_of_its_time_after_that()
    {
        await using var host = await DeployerHost.StartAsync([
            .. ShortDeadlines,
            ("predeploypatience", "00:00:00"),
            ("hostretrydelay", "00:00:00.5"),
        ]);
        var other = new HookOutcome(HookStanding.Running, "the script of another release of shop is at work", 0);
        for (var visit = 0; visit < 8; visit++)
        {
            host.Fleet.HookAnswers.Enqueue(other);
        }

        host.Fleet.HookAnswers.Enqueue(new HookOutcome(HookStanding.Running, "", 0));

        var end = await host.EndAsync(await host.RollOutAsync(plan: ShortPlan));

        end.State.ShouldBe(RolloutStates.Completed, end.Failure?.ToString());
    }

    [Fact]
    public async Task What_a_host_says_becomes_one_harmless_line()
    {
        await using var host = await DeployerHost.StartAsync();
        var said = $"ended with exit code 3:\r\n\u001b[31mred\u0007\n{new string('x', 1_000_000)}";
        host.Fleet.HookAnswers.Enqueue(new HookOutcome(HookStanding.Failed, said, 12));

        var end = await host.EndAsync(await host.RollOutAsync(plan: Plan));

        end.Failure.ShouldNotBeNull().Message.ShouldContain("it ended with exit code 3: red xxx");
        end.Failure.Message.Count(letter => letter == 'x').ShouldBeLessThan(2000);
    }

    [Fact]
    public async Task It_is_left_out_where_it_is_switched_off_done_or_of_a_version_that_is_deployed_again()
    {
        await using var host = await DeployerHost.StartAsync();
        var id = Guid.NewGuid();

        await host.SendAsync(DeployerHost.Start(id, plan: Plan) with { SkipsPreDeploy = true });

        var end = await host.EndAsync(id);
        end.State.ShouldBe(RolloutStates.Completed);
        end.Stages.ShouldAllBe(stage => stage.Name != "pre-deploy");
        host.Fleet.Hooks.ShouldBeEmpty();

        await using var other = await DeployerHost.StartAsync(("predeploy", "false"));
        (await other.EndAsync(await other.RollOutAsync(plan: Plan))).State.ShouldBe(RolloutStates.Completed);
        other.Fleet.Hooks.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_fleet_without_canaries_runs_it_on_the_first_host_of_production_when_a_person_has_promoted()
    {
        await using var host = await DeployerHost.StartAsync(["web-1", "web-2"], ("allownocanary", "true"));
        var id = await host.RollOutAsync(plan: Plan with { Promotion = PromotionPolicy.Manual });
        await host.InStateAsync(id, RolloutStates.AwaitingPromotion);
        host.Fleet.Hooks.ShouldBeEmpty();

        await host.PromoteAsync(id);

        (await host.EndAsync(id)).State.ShouldBe(RolloutStates.Completed);
        host.Fleet.Deeds.First().ShouldBe("web-1 hook 2.0");
    }

    [Fact]
    public async Task A_person_who_rolls_back_meanwhile_is_told_that_it_is_not_stopped()
    {
        await using var host = await DeployerHost.StartAsync();
        host.Fleet.Hanging["canary-1 hook"] = true;
        var id = await host.RollOutAsync(plan: Plan);
        await host.DoneAsync("canary-1 hook 2.0");

        await host.RollBackAsync(id);

        var end = await host.EndAsync(id);
        end.State.ShouldBe(RolloutStates.RolledBack);
        end.Warnings.ShouldContain("/opt/shop/script/pre-deploy may still run: it is not stopped half-way.");
        host.Fleet.Hanging.Clear();
    }
}
