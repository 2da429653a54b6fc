using Canary.Contracts.Deploying;
using Canary.Deployer.Convergence;
using Canary.Failures;
using Canary.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Canary.Deployer.Tests;

/// <summary>Outside of a rollout every host that can be reached runs what its channel advertises; who does not is shown.</summary>
public sealed class ConvergenceTests
{
    private static readonly (string Key, string Value)[] Quick =
    [
        ("convergence:automatic", "true"),
        ("convergence:interval", "00:00:00.2"),
        ("convergence:retrydelay", "00:00:00.1"),
        ("convergence:longestretrydelay", "00:00:00.2"),
        ("inventory:pollinterval", "00:00:00.1"),
    ];

    [Fact]
    public async Task The_doctor_names_hosts_that_drift_until_they_do_not()
    {
        await using var host = await DeployerHost.StartAsync([.. Quick, ("convergence:automatic", "false")]);
        await host.EndAsync(await host.RollOutAsync("2.0"));
        await Eventually.PassesAsync(async () => (await CheckAsync(host)).Status.ShouldBe(HealthStatus.Healthy));

        host.Fleet.Put("web-1", "9.9");
        host.Fleet.Wipe("web-2");

        await Eventually.PassesAsync(async () =>
        {
            var result = await CheckAsync(host);
            result.Status.ShouldBe(HealthStatus.Degraded);
            result.Description.ShouldBe(
                "2 hosts do not run what the channel advertises: web-1 has shop 9.9 instead of 2.0; web-2 has shop not "
                    + "installed instead of 2.0."
            );
            result.Data[CheckFailure.Remedy].ShouldBeOfType<string>().ShouldContain("canary hosts converge");
        });
        await host.SendAsync(new ConvergeHosts { By = "ada" });
        await Eventually.PassesAsync(async () => (await CheckAsync(host)).Status.ShouldBe(HealthStatus.Healthy));
    }

    [Fact]
    public async Task A_host_that_joins_late_gets_what_production_has()
    {
        await using var host = await DeployerHost.StartAsync(Quick);
        await host.EndAsync(await host.RollOutAsync("2.0"));

        host.WriteInventory("canary-1", "web-1", "web-2", "web-3", "web-9");

        await RunsAsync(host, "web-9", "2.0");
    }

    [Fact]
    public async Task A_host_that_was_changed_by_hand_or_installed_anew_is_brought_back()
    {
        await using var host = await DeployerHost.StartAsync(Quick);
        await host.EndAsync(await host.RollOutAsync("2.0"));

        host.Fleet.Put("web-1", "9.9");
        host.Fleet.Wipe("web-2");

        await RunsAsync(host, "web-1", "2.0");
        await RunsAsync(host, "web-2", "2.0");
    }

    [Fact]
    public async Task A_host_that_was_unreachable_during_the_rollout_catches_up_and_is_shown_until_then()
    {
        await using var host = await DeployerHost.StartAsync([.. Quick, ("failurebudget", "1")]);
        host.Fleet.Dead["web-3"] = true;
        (await host.EndAsync(await host.RollOutAsync("2.0"))).State.ShouldBe(RolloutStates.Completed);

        var shown = await ObservedAsync(host, "web-3", seen => seen.Failure is not null);
        shown.Wanted.ShouldBe("2.0");
        shown.Failure!.Code.ShouldBe("host-unreachable");

        host.Fleet.Dead.Clear();
        await RunsAsync(host, "web-3", "2.0");
        var healed = await ObservedAsync(host, "web-3", seen => seen.Running == "2.0");
        healed.DriftsSince.ShouldBeNull();
        healed.Failure.ShouldBeNull();
    }

    [Fact]
    public async Task While_a_rollout_is_at_work_a_late_production_host_gets_what_production_has_and_never_more()
    {
        await using var host = await DeployerHost.StartAsync(Quick);
        await host.EndAsync(await host.RollOutAsync("2.0", number: 1));
        var next = await host.RollOutAsync("3.0", PromotionPolicy.Manual, number: 2);
        await host.InStateAsync(next, RolloutStates.AwaitingPromotion);

        host.WriteInventory("canary-1", "canary-9", "web-1", "web-2", "web-3", "web-9");

        await RunsAsync(host, "web-9", "2.0");
        host.Fleet.VersionOn("canary-1").ShouldBe("3.0");
        host.Fleet.VersionOn("canary-9").ShouldBeNull();

        await host.PromoteAsync(next);
        await host.EndAsync(next);
        await RunsAsync(host, "web-9", "3.0");
        await RunsAsync(host, "canary-9", "3.0");
        host.Fleet.Deeds.Count(deed => deed == "canary-1 install 2.0").ShouldBe(1);
    }

    [Fact]
    public async Task Where_it_is_switched_off_drift_is_shown_and_ends_when_a_person_says_so()
    {
        await using var host = await DeployerHost.StartAsync([.. Quick, ("convergence:automatic", "false")]);
        await host.EndAsync(await host.RollOutAsync("2.0"));

        host.Fleet.Put("web-1", "9.9");
        host.Fleet.Put("web-2", "9.9");
        var shown = await ObservedAsync(host, "web-1", seen => seen.DriftsSince is not null);
        shown.Running.ShouldBe("9.9");
        host.Fleet.VersionOn("web-1").ShouldBe("9.9");

        await host.SendAsync(new ConvergeHosts { Host = "web-1", By = "ada" });

        await RunsAsync(host, "web-1", "2.0");
        host.Fleet.VersionOn("web-2").ShouldBe("9.9");
    }

    [Fact]
    public async Task A_host_that_cannot_be_brought_there_is_tried_again_and_says_why()
    {
        await using var host = await DeployerHost.StartAsync(Quick);
        await host.EndAsync(await host.RollOutAsync("2.0"));
        host.Fleet.Failing["web-1 install 2.0"] = true;

        host.Fleet.Put("web-1", "9.9");
        var shown = await ObservedAsync(host, "web-1", seen => seen.Failure is not null);
        shown.Failure!.Code.ShouldBe("installation-failed");

        host.Fleet.Failing.Clear();
        await RunsAsync(host, "web-1", "2.0");
    }

    [Fact]
    public async Task A_host_that_does_not_answer_is_no_host_that_runs_what_it_should()
    {
        await using var host = await DeployerHost.StartAsync(Quick);
        await host.EndAsync(await host.RollOutAsync("2.0"));
        await ObservedAsync(host, "web-1", seen => seen is { Running: "2.0", Failure: null });

        host.Fleet.Dead["web-1"] = true;

        var shown = await ObservedAsync(host, "web-1", seen => seen.Failure is not null);
        shown.DriftsSince.ShouldBeNull();
        var said = (await CheckAsync(host)).Description.ShouldNotBeNull();
        said.ShouldContain("1 host is not known to run");
        said.ShouldContain("web-1 does not say what it has of shop (web-1 does not answer.)");
    }

    private static Task RunsAsync(DeployerHost host, string name, string version) =>
        Eventually.TrueAsync(
            () => Task.FromResult(host.Fleet.VersionOn(name) == version),
            what: $"{name} runs {version}"
        );

    private static async Task<ObservedHost> ObservedAsync(
        DeployerHost host,
        string name,
        Func<ObservedHost, bool> condition
    ) =>
        await Eventually.NotNullAsync(() =>
            Task.FromResult(
                host.Heard.Messages.OfType<HostsObserved>()
                    .MaxBy(it => it.Revision)
                    ?.Hosts.FirstOrDefault(it => it.Name == name && condition(it))
            )
        );

    private static Task<HealthCheckResult> CheckAsync(DeployerHost host) =>
        ActivatorUtilities
            .CreateInstance<DriftCheck>(host.Services)
            .CheckHealthAsync(new HealthCheckContext(), TestContext.Current.CancellationToken);
}
