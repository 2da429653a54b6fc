using Canary.Contracts;
using Canary.Contracts.Alarms;
using Canary.Contracts.Deploying;
using Canary.Deployer.Rollouts;
using Canary.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Canary.Deployer.Tests.Alarms;

/// <summary>Alarms act on what is being rolled out, by policy, and only those that a version can have caused.</summary>
public sealed class AlarmTests
{
    private static readonly (string Key, string Value)[] LongSoak = [("soak", "00:10:00")];

    private static readonly (string Key, string Value)[] QuietSoak =
    [
        ("soak", "00:10:00"),
        ("soakcheckinterval", "00:01:00"),
    ];

    [Fact]
    public async Task An_alarm_while_the_canaries_soak_rolls_them_back_and_says_which()
    {
        await using var host = await DeployerHost.StartAsync(LongSoak);
        var id = await host.RollOutAsync();
        await host.InStateAsync(id, RolloutStates.Soaking);

        await host.SendAsync(Firing("ErrorRate", "5 % of all requests fail"));
        var end = await host.EndAsync(id);

        end.State.ShouldBe(RolloutStates.RolledBack);
        end.Failure!.Code.ShouldBe("alarm-fired");
        end.Failure.Message.ShouldBe("An alarm fired with shop 2.0: 5 % of all requests fail (critical, alertmanager)");
        host.Fleet.VersionOn("canary-1").ShouldBe("1.0");
        host.Fleet.VersionOn("web-1").ShouldBe("1.0");
    }

    [Fact]
    public async Task An_alarm_between_two_waves_rolls_back_every_host_that_has_the_version()
    {
        await using var host = await DeployerHost.StartAsync(
            ("waves:0", "1"),
            ("waves:1", "100%"),
            ("hostconcurrency", "1")
        );
        host.Fleet.Hanging["web-2 install 2.0"] = true;
        var id = await host.RollOutAsync();
        await host.DoneAsync("web-2 install 2.0");

        await host.SendAsync(Firing("ErrorRate"));
        await host.InStateAsync(id, RolloutStates.RollingBack);
        host.Fleet.Hanging.Clear();
        var end = await host.EndAsync(id);

        end.State.ShouldBe(RolloutStates.RolledBack);
        host.Fleet.VersionOn("web-1").ShouldBe("1.0");
        host.Fleet.VersionOn("web-2").ShouldBe("1.0");
        host.Fleet.Deeds.ShouldNotContain("web-3 install 2.0");
    }

    [Fact]
    public async Task What_fired_before_the_first_host_got_the_version_does_not_count()
    {
        await using var host = await DeployerHost.StartAsync();
        await host.SendAsync(Firing("ErrorRate"));
        await RecordedAsync(host, 1);

        var id = await host.RollOutAsync();
        // It fires on, and says so again.
        await host.SendAsync(Firing("ErrorRate") with { Revision = 2, Summary = "worse" });

        (await host.EndAsync(id)).State.ShouldBe(RolloutStates.Completed);
    }

    [Fact]
    public async Task One_that_had_stopped_and_begins_again_counts()
    {
        await using var host = await DeployerHost.StartAsync(LongSoak);
        await host.SendAsync(Firing("ErrorRate"));
        await RecordedAsync(host, 1);
        await host.SendAsync(Firing("ErrorRate") with { Revision = 2, IsFiring = false });
        var id = await host.RollOutAsync();
        await host.InStateAsync(id, RolloutStates.Soaking);

        await host.SendAsync(Firing("ErrorRate") with { Revision = 3, Firings = 2 });

        (await host.EndAsync(id)).State.ShouldBe(RolloutStates.RolledBack);
    }

    [Fact]
    public async Task One_that_is_over_before_anybody_looks_counts_and_what_comes_late_changes_nothing()
    {
        await using var host = await DeployerHost.StartAsync(LongSoak);
        var id = await host.RollOutAsync();
        await host.InStateAsync(id, RolloutStates.Soaking);

        // The end overtakes the beginning.
        await host.SendAsync(Firing("ErrorRate") with { Revision = 2, IsFiring = false });
        var end = await host.EndAsync(id);
        await host.SendAsync(Firing("ErrorRate"));
        await RecordedAsync(host, 2);

        end.State.ShouldBe(RolloutStates.RolledBack);
    }

    [Fact]
    public async Task An_alarm_of_another_application_of_a_host_that_is_not_reached_or_of_low_severity_lets_it_go_on()
    {
        await using var host = await DeployerHost.StartAsync(LongSoak);
        var id = await host.RollOutAsync();
        await host.InStateAsync(id, RolloutStates.Soaking);

        await host.SendAsync(Firing("Other") with { Application = "blog" });
        await host.SendAsync(Firing("Spared") with { Host = "web-2" });
        await host.SendAsync(Firing("Slow", "it is slow") with { Severity = AlarmSeverity.Warning });
        await host.UntilAsync(id, it => it.Warnings.Contains("alarm: it is slow (warning, alertmanager)"));
        await host.PromoteAsync(id);
        var end = await host.EndAsync(id);

        end.State.ShouldBe(RolloutStates.Completed);
        end.Warnings.ShouldBe(["alarm: it is slow (warning, alertmanager)"]);
    }

    [Fact]
    public async Task An_alarm_of_a_host_that_has_the_version_counts()
    {
        await using var host = await DeployerHost.StartAsync(LongSoak);
        var id = await host.RollOutAsync();
        await host.InStateAsync(id, RolloutStates.Soaking);

        await host.SendAsync(Firing("Load") with { Host = "canary-1" });

        var end = await host.EndAsync(id);
        end.State.ShouldBe(RolloutStates.RolledBack);
        end.Failure!.Message.ShouldContain("canary-1: Load");
    }

    [Fact]
    public async Task Where_the_plan_says_pause_a_person_decides_and_who_resumes_has_seen_it()
    {
        await using var host = await DeployerHost.StartAsync(LongSoak);
        var id = await host.RollOutAsync(
            plan: new DeploymentPlan { Promotion = PromotionPolicy.Automatic, OnAlarm = AlarmPolicy.Pause }
        );
        await host.InStateAsync(id, RolloutStates.Soaking);

        await host.SendAsync(Firing("ErrorRate"));
        await host.UntilAsync(id, it => it.Warnings.Count == 1);
        await host.PromoteAsync(id);
        var paused = await host.InStateAsync(id, RolloutStates.Paused);

        paused.WaitingFor.ShouldBe(
            $"a person (alarm: ErrorRate (critical, alertmanager)): canary releases resume {id.ToString("N")[..8]}"
        );
        host.Fleet.VersionOn("web-1").ShouldBe("1.0");
        await host.ResumeAsync(id);
        (await host.EndAsync(id)).State.ShouldBe(RolloutStates.Completed);
    }

    [Fact]
    public async Task A_pause_by_an_alarm_within_a_wave_begins_no_further_host()
    {
        await using var host = await DeployerHost.StartAsync(
            ("waves:0", "100%"),
            ("hostconcurrency", "1"),
            ("onalarm", "pause")
        );
        host.Fleet.Hanging["web-1 install 2.0"] = true;
        var id = await host.RollOutAsync();
        await host.DoneAsync("web-1 install 2.0");

        await host.SendAsync(Firing("ErrorRate"));
        await host.InStateAsync(id, RolloutStates.Paused);
        host.Fleet.Hanging.Clear();
        await host.UntilAsync(id, it => it.Hosts.Single(row => row.Name == "web-1").State == StageState.Succeeded);

        host.Fleet.VersionOn("web-2").ShouldBe("1.0");
    }

    [Fact]
    public async Task A_rollout_that_has_completed_is_regretted_while_it_is_watched()
    {
        await using var host = await DeployerHost.StartAsync();
        var id = await host.RollOutAsync();
        await host.InStateAsync(id, RolloutStates.Completed);

        await host.SendAsync(Firing("ErrorRate"));
        var regretted = await host.UntilAsync(id, it => it.Regret is not null);

        regretted.State.ShouldBe(RolloutStates.Completed);
        regretted.Failure.ShouldBeNull();
        regretted.Regret!.Code.ShouldBe("alarm-fired");
    }

    [Fact]
    public async Task When_the_watch_is_over_alarms_are_nobodys_fault()
    {
        await using var host = await DeployerHost.StartAsync(("watch", "00:00:00.2"));
        var id = await host.RollOutAsync();
        await host.InStateAsync(id, RolloutStates.Completed);
        await Eventually.TrueAsync(
            async () => (await host.StateOfAsync(id)).WatchUntil is null,
            what: "the end of the watch"
        );

        await host.SendAsync(Firing("ErrorRate"));
        await RecordedAsync(host, 1);

        host.Latest(id)!.Regret.ShouldBeNull();
    }

    [Fact]
    public async Task Once_a_newer_version_has_reached_a_host_the_older_one_is_not_regretted()
    {
        await using var host = await DeployerHost.StartAsync(LongSoak);
        var older = await host.RollOutAsync(
            plan: new DeploymentPlan { Soak = TimeSpan.Zero, Promotion = PromotionPolicy.Automatic }
        );
        await host.InStateAsync(older, RolloutStates.Completed);
        var newer = await host.RollOutAsync("3.0", number: 1);
        await host.InStateAsync(newer, RolloutStates.Soaking);

        await host.SendAsync(Firing("ErrorRate"));

        (await host.EndAsync(newer)).State.ShouldBe(RolloutStates.RolledBack);
        host.Latest(older)!.Regret.ShouldBeNull();
    }

    [Fact]
    public async Task An_alarm_does_not_send_forward_again_what_a_person_takes_back()
    {
        await using var host = await DeployerHost.StartAsync(("soak", "00:00:01"));
        var id = Guid.NewGuid();
        await host.SendAsync(DeployerHost.Start(id) with { Promotes = true, By = "ada" });
        await host.InStateAsync(id, RolloutStates.Soaking);

        await host.SendAsync(Firing("ErrorRate"));
        var end = await host.EndAsync(id);

        end.State.ShouldBe(RolloutStates.Completed);
        end.Warnings.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Nobody_has_to_tell_a_rollout_of_alarms_it_looks_before_each_step()
    {
        await using var host = await DeployerHost.StartAsync(QuietSoak);
        await host.LoseAsync(typeof(LookAtAlarms).FullName!, 1);
        var id = await host.RollOutAsync();
        await host.InStateAsync(id, RolloutStates.Soaking);

        await host.SendAsync(Firing("ErrorRate"));
        await RecordedAsync(host, 1);
        await host.PromoteAsync(id);

        (await host.EndAsync(id)).State.ShouldBe(RolloutStates.RolledBack);
        host.Fleet.Deeds.ShouldNotContain("web-1 install 2.0");
    }

    [Fact]
    public async Task A_watch_looks_at_the_alarms_even_if_nobody_tells_it_and_after_a_restart()
    {
        await using var host = await DeployerHost.StartAsync(("watch", "00:00:05"));
        await host.LoseAsync(typeof(LookAtAlarms).FullName!, 1);
        var id = await host.RollOutAsync();
        await host.InStateAsync(id, RolloutStates.Completed);
        await host.SendAsync(Firing("ErrorRate"));
        await RecordedAsync(host, 1);

        await host.RestartAsync();

        await host.UntilAsync(id, it => it.Regret is not null);
    }

    [Fact]
    public async Task Where_silence_must_be_proven_a_release_waits_until_a_test_has_come_all_the_way()
    {
        await using var host = await DeployerHost.StartAsync(("provensilence", "7.00:00:00"));
        await host.SendAsync(Test("canary-test-1", "blog"));

        var id = await host.RollOutAsync();
        var waiting = await host.InStateAsync(id, RolloutStates.AwaitingPromotion);
        waiting.WaitingFor.ShouldNotBeNull().ShouldContain("canary alarms test shop");
        waiting.WaitingFor.ShouldNotBeNull().ShouldContain("canary releases promote");
        host.Fleet.VersionOn("web-1").ShouldBe("1.0");

        await host.SendAsync(Test("canary-test-2", "shop"));
        var end = await host.EndAsync(id);

        end.State.ShouldBe(RolloutStates.Completed);
        (await SilenceAsync(host)).Status.ShouldBe(HealthStatus.Healthy);
        await Eventually.TrueAsync(() => host.Heard.Count<AcknowledgeAlarmTest>() == 2);
        (await host.EndAsync(await host.RollOutAsync("3.0", number: 1))).State.ShouldBe(RolloutStates.Completed);
    }

    [Fact]
    public async Task A_proof_that_is_too_old_or_told_again_proves_nothing()
    {
        await using var host = await DeployerHost.StartAsync(("provensilence", "00:01:00"));
        await host.SendAsync(Test("canary-test-1", "shop"));
        await Eventually.TrueAsync(() => host.Heard.Count<AcknowledgeAlarmTest>() == 1);
        await host.AgeTestsAsync(TimeSpan.FromMinutes(2));
        await host.SendAsync(Test("canary-test-1", "shop"));
        await Eventually.TrueAsync(() => host.Heard.Count<AcknowledgeAlarmTest>() == 2);

        var id = await host.RollOutAsync();
        await host.InStateAsync(id, RolloutStates.AwaitingPromotion);
        await host.PromoteAsync(id);

        (await host.EndAsync(id)).State.ShouldBe(RolloutStates.Completed);
        var doctor = await SilenceAsync(host);
        doctor.Status.ShouldBe(HealthStatus.Degraded);
        doctor.Description.ShouldNotBeNull().ShouldContain("for shop:");
    }

    /// <summary>What the doctor says of proofs.</summary>
    private static async Task<HealthReportEntry> SilenceAsync(DeployerHost host) =>
        (
            await host
                .Services.GetRequiredService<HealthCheckService>()
                .CheckHealthAsync(check => check.Name == "alarm-tests")
        ).Entries.Values.Single();

    private static ReportAlarmTest Test(string id, string application) =>
        new()
        {
            TestId = id,
            Application = application,
            Source = "alertmanager",
        };

    private static ReportAlarm Firing(string name, string? summary = null) =>
        new()
        {
            AlarmId = new Guid(
                System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(name)).AsSpan(0, 16)
            ),
            Revision = 1,
            Application = DeployerHost.App,
            Severity = AlarmSeverity.Critical,
            IsFiring = true,
            Firings = 1,
            Source = "alertmanager",
            Summary = summary ?? name,
        };

    private static async Task RecordedAsync(DeployerHost host, int count) =>
        await Eventually.TrueAsync(
            () => Task.FromResult(host.Heard.Messages.OfType<AcknowledgeAlarm>().Count() >= count),
            what: "the alarm recorded"
        );
}
