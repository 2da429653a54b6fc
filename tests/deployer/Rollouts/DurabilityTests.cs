using Canary.Contracts.Deploying;
using Canary.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.Deployer.Tests.Rollouts;

public sealed class DurabilityTests
{
    [Fact]
    public async Task A_question_without_an_answer_is_asked_again()
    {
        await using var host = await DeployerHost.StartAsync(("replydeadline", "00:00:00.200"));
        host.Publisher.Deafness = 2;

        var end = await host.EndAsync(await host.RollOutAsync());

        end.State.ShouldBe(RolloutStates.Completed);
        host.Publisher.Requests.Take(3).ShouldAllBe(request => request == "advertise canary 2.0 100");
    }

    [Fact]
    public async Task A_publisher_that_never_answers_ends_the_rollout_visibly()
    {
        await using var host = await DeployerHost.StartAsync(("replydeadline", "00:00:01"), ("resends", "2"));
        host.Publisher.Silence.Add("advertise");

        var end = await host.EndAsync(await host.RollOutAsync());

        end.State.ShouldBe(RolloutStates.Failed);
        end.Failure!.Code.ShouldBe("no-answer");
        end.Failure.Message.ShouldContain("was asked 3 times");
        host.Publisher.Requests.Count(x => x == "advertise canary 2.0 100").ShouldBe(3);
        host.Publisher.Requests.ShouldContain("withdraw canary 2.0");
    }

    [Fact]
    public async Task An_end_is_announced_until_people_can_see_it()
    {
        await using var host = await DeployerHost.StartAsync(("replydeadline", "00:00:00.100"), ("resends", "100"));
        host.Heard.LostEnds = 3;

        var id = await host.RollOutAsync();

        await Eventually.TrueAsync(async () =>
        {
            await using var scope = host.Services.CreateAsyncScope();
            var rollouts = scope.ServiceProvider.GetRequiredService<DeployerStore>().Rollouts;
            return await rollouts.AnyAsync(it =>
                it.CorrelationId == id && it.CurrentState == RolloutStates.Completed && it.DeadlineToken == null
            );
        });
        host.Heard.Messages.OfType<RolloutChanged>()
            .Count(it => it.State == RolloutStates.Completed)
            .ShouldBeGreaterThanOrEqualTo(4);
    }

    [Fact]
    public async Task A_host_that_never_reports_counts_as_failed()
    {
        await using var host = await DeployerHost.StartAsync(("hostdeadline", "00:00:03"), ("resends", "1"));
        host.Fleet.Hanging["web-1 install 2.0"] = true;

        var id = await host.RollOutAsync(
            plan: new DeploymentPlan
            {
                Promotion = PromotionPolicy.Automatic,
                Waves = ["100%"],
                FailureBudget = "1",
            }
        );
        var end = await host.EndAsync(id);

        end.State.ShouldBe(RolloutStates.Completed);
        end.Hosts.Single(x => x.Name == "web-1").Failure!.Code.ShouldBe("host-silent");
        host.Fleet.Hanging.Clear();
    }

    [Theory]
    [InlineData(RolloutStates.Preflight, "canary-1 inspect", "")]
    [InlineData(RolloutStates.Preflight, "", "advertise canary")]
    [InlineData(RolloutStates.DeployingCanary, "canary-1 install 2.0", "")]
    [InlineData(RolloutStates.DeployingWave, "", "advertise production 2.0 0")]
    [InlineData(RolloutStates.DeployingWave, "web-2 install 2.0", "")]
    [InlineData(RolloutStates.DeployingWave, "", "advertise production 2.0 100")]
    public async Task A_rollout_goes_on_where_a_killed_host_left_it(string state, string hangingDeed, string silence)
    {
        await using var host = await DeployerHost.StartAsync(("resends", "0"));
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
        await Eventually.TrueAsync(() => !hangingDeed.Contains("install") || host.Fleet.Deeds.Contains(hangingDeed));
        await host.RestartAsync(() =>
        {
            host.Fleet.Hanging.Clear();
            host.Publisher.Silence.Clear();
        });
        var end = await host.EndAsync(id);

        end.State.ShouldBe(RolloutStates.Completed);
        host.Fleet.VersionOn("web-3").ShouldBe("2.0");
        host.Fleet.Deeds.Where(deed => deed != hangingDeed)
            .GroupBy(deed => deed)
            .ShouldAllBe(deed => deed.Count() == 1);
    }

    [Fact]
    public async Task A_deadline_that_passed_while_nothing_ran_is_held_against_nobody()
    {
        await using var host = await DeployerHost.StartAsync(("resends", "0"));
        host.Publisher.Silence.Add("advertise canary");

        var id = await host.RollOutAsync();
        await Eventually.TrueAsync(() => host.Publisher.Requests.Any(x => x.StartsWith("advertise canary")));
        await host.RestartAsync(() =>
        {
            host.Publisher.Silence.Clear();
            host.PassDeadlines();
        });

        (await host.EndAsync(id)).State.ShouldBe(RolloutStates.Completed);
    }

    [Fact]
    public async Task A_rollback_after_a_kill_in_the_middle_of_an_update_knows_the_version_before()
    {
        await using var host = await DeployerHost.StartAsync();
        host.Fleet.Hanging["canary-1 check"] = true;

        var id = await host.RollOutAsync();
        await Eventually.TrueAsync(() => !host.Fleet.Checks.IsEmpty);
        host.Fleet.VersionOn("canary-1").ShouldBe("2.0");
        host.Fleet.Ill["canary-1 2.0"] = true;
        await host.RestartAsync(host.Fleet.Hanging.Clear);

        (await host.EndAsync(id)).State.ShouldBe(RolloutStates.RolledBack);
        host.Fleet.VersionOn("canary-1").ShouldBe("1.0");
    }

    [Fact]
    public async Task A_soak_goes_on_after_a_restart()
    {
        await using var host = await DeployerHost.StartAsync(("soak", "00:00:01"));

        var id = await host.RollOutAsync();
        await host.InStateAsync(id, RolloutStates.Soaking);
        await host.RestartAsync();

        (await host.EndAsync(id)).State.ShouldBe(RolloutStates.Completed);
    }

    [Fact]
    public async Task Messages_that_come_twice_change_nothing()
    {
        await using var host = await DeployerHost.StartAsync();
        var plan = new DeploymentPlan
        {
            Promotion = PromotionPolicy.Automatic,
            Waves = ["100%"],
            FailureBudget = "1",
        };
        host.Fleet.Failing["web-1 install 2.0"] = true;
        host.Fleet.Hanging["web-2 install 2.0"] = true;

        var id = await host.RollOutAsync(plan: plan);
        await Eventually.TrueAsync(() => host.Heard.Messages.OfType<HostUpdateFailed>().Any());
        var failure = host.Heard.Messages.OfType<HostUpdateFailed>().Single();
        for (var i = 0; i < 3; i++)
        {
            await host.PublishAsync(failure);
            await host.SendAsync(
                new UpdateHost
                {
                    RolloutId = id,
                    Step = "wave-1",
                    Host = "web-1",
                    Application = DeployerHost.App,
                    Package = DeployerHost.App,
                    Version = "2.0",
                    Attempt = 1,
                }
            );
        }

        await Eventually.TrueAsync(() => host.Heard.Count<HostUpdateFailed>() == 7);
        await Eventually.TrueAsync(async () => await host.PendingMessagesAsync() == 0);
        host.Fleet.Hanging.Clear();
        var end = await host.EndAsync(id);

        end.State.ShouldBe(RolloutStates.Completed);
        host.Fleet.Deeds.Count(deed => deed == "web-1 install 2.0").ShouldBe(1);
        end.Stages.Single(x => x.Name == "wave-1").Detail.ShouldBe("2 of 3 hosts, 1 failed");
    }

    [Fact]
    public async Task A_repeated_start_makes_the_rollout_report_again()
    {
        await using var host = await DeployerHost.StartAsync();
        var id = await host.RollOutAsync(promotion: PromotionPolicy.Manual);
        var waiting = await host.InStateAsync(id, RolloutStates.AwaitingPromotion);

        await host.SendAsync(DeployerHost.Start(id, promotion: PromotionPolicy.Manual));

        await Eventually.TrueAsync(() => host.Latest(id)!.Revision == waiting.Revision + 1);
        host.Latest(id)!.State.ShouldBe(RolloutStates.AwaitingPromotion);
    }

    [Fact]
    public async Task An_update_of_a_step_that_is_over_does_not_touch_the_host()
    {
        await using var host = await DeployerHost.StartAsync();
        host.Fleet.Ill["canary-1 2.0"] = true;
        var id = await host.RollOutAsync();
        await host.EndAsync(id);

        await host.SendAsync(
            new UpdateHost
            {
                RolloutId = id,
                Step = "canary",
                Host = "canary-1",
                Application = DeployerHost.App,
                Package = DeployerHost.App,
                Version = "2.0",
                Attempt = 1,
            }
        );
        await Eventually.TrueAsync(async () => await host.PendingMessagesAsync() == 0);
        await host.EndAsync(await host.RollOutAsync("2.5", number: 1));

        host.Fleet.Deeds.Count(deed => deed == "canary-1 install 2.0").ShouldBe(1);
    }

    [Fact]
    public async Task A_deadline_that_nothing_waits_for_any_more_is_gone_with_the_rollout()
    {
        await using var host = await DeployerHost.StartAsync(("watch", "00:00:00.5"));

        await host.EndAsync(await host.RollOutAsync());

        await Eventually.TrueAsync(async () => await host.PendingMessagesAsync(withDeadlines: true) == 0);
    }
}
