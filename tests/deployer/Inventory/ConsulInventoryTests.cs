using System.Text.RegularExpressions;
using Canary.Consul;
using Canary.Contracts;
using Canary.Contracts.Deploying;
using Canary.Deployer.Inventory;
using Canary.Failures;
using Canary.Hosting;
using Canary.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Canary.Deployer.Tests.Inventory;

public sealed class ConsulInventoryTests
{
    [Fact]
    public async Task A_rollout_goes_to_the_hosts_that_are_tagged_for_it_whether_their_checks_pass_or_not()
    {
        await using var consul = await ConsulServer.StartAsync();
        await consul.RegisterShopAsync();
        await consul.RegisterAsync("db-1", "shop", ["shop::db"], metadata: ConsulFleet.Local);
        await consul.RegisterAsync("wrong-1", "shop", ["Shop::app", "app_canary"], metadata: ConsulFleet.Local);
        await consul.RegisterAsync("web-1", "blog", ["blog::app_canary"], metadata: ConsulFleet.Local);
        await using var host = await DeployerHost.StartWithConsulAsync(consul.Address);

        var end = await host.EndAsync(await host.RollOutAsync());

        end.State.ShouldBe(RolloutStates.Completed, end.Failure?.Message);
        end.Hosts.Select(x => (x.Name, x.Channel))
            .ShouldBe([("canary-1", Channel.Canary), ("web-1", Channel.Production), ("web-2", Channel.Production)]);
        var fleet = host.Heard.Messages.OfType<FleetObserved>().Last().Hosts;
        fleet.Count(x => x.Name == "web-1").ShouldBe(2);
        fleet.Single(x => x.Name == "db-1").Role.ShouldBe("db");
        fleet.ShouldNotContain(x => x.Name == "wrong-1");
    }

    [Fact]
    public async Task Hosts_that_come_and_go_are_seen()
    {
        await using var consul = await ConsulServer.StartAsync();
        await using var host = await DeployerHost.StartWithConsulAsync(consul.Address);
        await SeesAsync(host, "");

        await consul.RegisterAsync("web-1", "shop", ["shop::app"], metadata: ConsulFleet.Local);
        await SeesAsync(host, "web-1");
        await consul.RegisterAsync("web-2", "shop", ["shop::db"], metadata: ConsulFleet.Local);
        await SeesAsync(host, "web-1 web-2");
        await consul.RegisterAsync("web-3", "blog", ["blog::app"], metadata: ConsulFleet.Local);
        await SeesAsync(host, "web-1 web-2 web-3");
        await consul.DeregisterAsync("web-1");
        await SeesAsync(host, "web-2 web-3");
        await consul.DeregisterAsync("web-3");
        await SeesAsync(host, "web-2");
    }

    [Fact]
    public async Task The_last_answer_serves_while_consul_is_away_and_its_age_is_told()
    {
        await using var consul = await ConsulServer.StartAsync();
        await consul.RegisterShopAsync();
        await using var host = await DeployerHost.StartWithConsulAsync(consul.Address);
        await SeesAsync(host, "canary-1 web-1 web-2");
        await consul.KillAsync();

        var end = await host.EndAsync(await host.RollOutAsync());

        end.State.ShouldBe(RolloutStates.Completed, end.Failure?.Message);
        end.Stages.Single(stage => stage.Name == "preflight")
            .Detail.ShouldNotBeNull()
            .ShouldMatch("^3 hosts, as Consul listed them [0-9]+ s ago");
        (await CheckAsync(host)).Description.ShouldNotBeNull().ShouldContain("the last known hosts are");
    }

    [Fact]
    public async Task A_rollout_that_starts_while_consul_is_away_waits_visibly_and_goes_on()
    {
        await using var consul = await ConsulServer.StartAsync();
        await consul.RegisterShopAsync();
        await consul.KillAsync();
        await using var host = await DeployerHost.StartWithConsulAsync(consul.Address, settings: ("resends", "0"));

        var id = await host.RollOutAsync();
        await Eventually.TrueAsync(() => Preflight(host, id)?.Attempts >= 3);

        var waiting = host.Latest(id).ShouldNotBeNull();
        waiting.State.ShouldBe(RolloutStates.Preflight);
        waiting.WaitingFor.ShouldNotBeNull().ShouldContain($"Consul at {consul.Address} does not answer");
        await consul.StartAgainAsync();
        var end = await host.EndAsync(id);
        end.State.ShouldBe(RolloutStates.Completed, end.Failure?.Message);
        end.WaitingFor.ShouldBeNull();
    }

    [Fact]
    public async Task A_rollout_that_waits_for_consul_can_be_ended_by_a_person()
    {
        await using var host = await DeployerHost.StartWithConsulAsync($"http://127.0.0.1:{FreePort.Next()}");
        var id = await host.RollOutAsync();
        await Eventually.TrueAsync(() => host.Latest(id)?.WaitingFor is not null);

        await host.RollBackAsync(id);

        (await host.EndAsync(id)).State.ShouldBe(RolloutStates.RolledBack);
    }

    [Fact]
    public async Task A_rollout_does_not_wait_for_ever()
    {
        await using var host = await DeployerHost.StartWithConsulAsync(
            $"http://127.0.0.1:{FreePort.Next()}",
            settings: ("inventory:patience", "00:00:00.500")
        );

        var end = await host.EndAsync(await host.RollOutAsync());

        end.State.ShouldBe(RolloutStates.Failed);
        end.Failure!.Code.ShouldBe("inventory-unavailable");
        end.Failure.Remedy.ShouldContain("hosting.consul.addresses");
    }

    [Fact]
    public async Task A_deployer_that_restarts_without_consul_goes_on_with_the_hosts_that_it_knew()
    {
        await using var consul = await ConsulServer.StartAsync();
        await consul.RegisterShopAsync();
        await using var host = await DeployerHost.StartWithConsulAsync(consul.Address);
        host.Fleet.Hanging["web-1 install 2.0"] = true;
        var id = await host.RollOutAsync();
        await Eventually.TrueAsync(() => host.Fleet.Deeds.Contains("web-1 install 2.0"));

        await consul.KillAsync();
        await host.RestartAsync(host.Fleet.Hanging.Clear);

        var end = await host.EndAsync(id);
        end.State.ShouldBe(RolloutStates.Completed, end.Failure?.Message);
    }

    [Fact]
    public async Task A_host_that_leaves_consul_while_it_is_upgraded_is_still_upgraded()
    {
        await using var consul = await ConsulServer.StartAsync();
        await consul.RegisterShopAsync();
        await using var host = await DeployerHost.StartWithConsulAsync(consul.Address);
        host.Fleet.Hanging["canary-1 install 2.0"] = true;
        var id = await host.RollOutAsync();
        await Eventually.TrueAsync(() => host.Fleet.Deeds.Contains("canary-1 install 2.0"));

        await consul.DeregisterAsync("web-2");
        await SeesAsync(host, "canary-1 web-1");
        host.Fleet.Hanging.Clear();

        var end = await host.EndAsync(id);
        end.State.ShouldBe(RolloutStates.Completed, end.Failure?.Message);
        host.Fleet.VersionOn("web-2").ShouldBe("2.0");
    }

    [Fact]
    public async Task No_hosts_says_how_to_register_them()
    {
        await using var consul = await ConsulServer.StartAsync();
        await using var host = await DeployerHost.StartWithConsulAsync(consul.Address);

        var end = await host.EndAsync(await host.RollOutAsync());

        end.Failure!.Code.ShouldBe("no-hosts");
        end.Failure.Remedy.ShouldContain("the service shop in Consul with the tag shop::app on production hosts");
        end.Failure.Remedy.ShouldContain("shop::app_canary");
    }

    [Fact]
    public async Task No_hosts_because_the_token_may_not_see_them_says_that()
    {
        await using var consul = await ConsulServer.StartAsync(acl: true);
        await consul.RegisterShopAsync();
        var token = await consul.MakeTokenAsync("""node_prefix "" { policy = "read" }""");
        await using var host = await DeployerHost.StartWithConsulAsync(consul.Address, token);

        var end = await host.EndAsync(await host.RollOutAsync());

        end.State.ShouldBe(RolloutStates.Failed);
        end.Failure!.Code.ShouldBe("consul-denied");
        end.Failure.Message.ShouldContain("service:read on 'shop'");
        end.Failure.Message.ShouldNotContain("node:read");
    }

    [Fact]
    public async Task An_answer_that_acls_have_emptied_is_no_answer()
    {
        // Consul 1.11 and later tell it in a header; the archive has only 1.8. As in developer.hashicorp.com/consul/api-docs/features/filtering
        // and api-docs/api-structure#results-filtered-by-acls.
        await using var consul = await FilteringConsul.StartAsync();
        await using var host = await DeployerHost.StartWithConsulAsync(consul.Address);

        var end = await host.EndAsync(await host.RollOutAsync());

        end.Failure!.Code.ShouldBe("consul-denied");
        end.Failure.Message.ShouldContain("service:read");
        end.Failure.Message.ShouldContain("left out all results");
    }

    [Fact]
    public async Task Hosts_are_asked_for_so_that_a_new_leader_of_Consul_does_not_leave_some_out()
    {
        await using var consul = await FilteringConsul.StartAsync();
        await using var host = await DeployerHost.StartWithConsulAsync(consul.Address);
        var catalog = host.Services.GetRequiredService<ConsulCatalog>();

        await catalog.ServicesAsync(0, TestContext.Current.CancellationToken);
        await catalog.InstancesAsync("shop", ["shop::app"], 0, TestContext.Current.CancellationToken);

        var questions = consul.Questions.Where(it => it.Contains("/catalog/") || it.Contains("/health/")).ToList();
        questions.ShouldContain(question => question.StartsWith("/v1/health/service/shop?"));
        questions.ShouldAllBe(question => question.Contains("?consistent&") || question.EndsWith("?consistent"));
    }

    [Fact]
    public async Task The_policy_in_the_documentation_is_enough_and_has_nothing_that_is_not_needed()
    {
        var page = await File.ReadAllTextAsync(SourceTree.PathOf("docs", "consul.md"));
        var policy = Regex
            .Match(page.Split("\n## Permissions\n")[1], "```hcl\n(.*?)```", RegexOptions.Singleline)
            .Groups[1]
            .Value;
        var rules = Regex.Matches(
            policy,
            "^[a-z_]+ \"[^\"]*\" \\{.*?^}",
            RegexOptions.Singleline | RegexOptions.Multiline
        );
        rules.Count.ShouldBeGreaterThan(3);
        await using var consul = await ConsulServer.StartAsync(acl: true);
        await consul.RegisterShopAsync();

        var token = await consul.MakeTokenAsync(policy);
        await using (var host = await DeployerHost.StartWithConsulAsync(consul.Address, token))
        {
            var end = await host.EndAsync(await host.RollOutAsync());
            end.State.ShouldBe(RolloutStates.Completed, end.Failure?.Message);
            await Eventually.TrueAsync(async () => await consul.GetKeyAsync("shop::version") == "2.0");
            await Eventually.TrueAsync(async () => (await ReportAsync(host)).Status == HealthStatus.Healthy);
        }

        foreach (var rule in rules.Select(match => match.Value).Where(rule => !rule.Contains("canary-")))
        {
            var less = await consul.MakeTokenAsync(policy.Replace(rule, ""));
            await using var host = await DeployerHost.StartWithConsulAsync(
                consul.Address,
                less,
                ("applications:0:name", "shop")
            );
            var report = await ReportAsync(host);
            var lacksVersion = report.Entries["consul"].Description!.Contains("takes agent:read");
            (report.Status != HealthStatus.Healthy || lacksVersion).ShouldBeTrue($"This rule is not needed:\n{rule}");
        }
    }

    [Fact]
    public async Task The_doctor_sees_hosts_that_are_described_wrongly_and_applications_without_any()
    {
        await using var consul = await ConsulServer.StartAsync();
        await consul.RegisterAsync(
            "web-1",
            "shop",
            ["shop::app"],
            metadata: new Dictionary<string, string> { ["canary-ssh-port"] = "x" }
        );
        await using var host = await DeployerHost.StartWithConsulAsync(
            consul.Address,
            settings: ("applications:0:name", "blog")
        );

        await Eventually.TrueAsync(async () => (await CheckAsync(host)).Description!.Contains("canary-ssh-port"));
        (await CheckAsync(host)).Status.ShouldBe(HealthStatus.Degraded);

        await consul.DeregisterAsync("web-1");
        await Eventually.TrueAsync(async () =>
            (await CheckAsync(host)).Description == "Consul lists no host for blog."
        );
    }

    [Fact]
    public async Task Consul_without_an_address_is_refused_at_start()
    {
        var exception = await Should.ThrowAsync<CanaryException>(() =>
            DeployerHost.StartAsync([], ("inventory:kind", "consul"))
        );

        exception.Code.ShouldBe("consul-not-configured");
    }

    private static StageSnapshot? Preflight(DeployerHost host, Guid id) =>
        host.Latest(id)?.Stages.Single(stage => stage.Name == "preflight");

    private static Task SeesAsync(DeployerHost host, string hosts) =>
        Eventually.TrueAsync(() =>
            host.Heard.Messages.OfType<FleetObserved>().LastOrDefault() is { } seen
            && string.Join(' ', seen.Hosts.Select(x => x.Name).Order(StringComparer.Ordinal)) == hosts
        );

    private static Task<HealthReport> ReportAsync(DeployerHost host) =>
        host
            .Services.GetRequiredService<HealthCheckService>()
            .CheckHealthAsync(check => check.Tags.Contains(CanaryHostBuilder.DoctorTag));

    private static async Task<HealthReportEntry> CheckAsync(DeployerHost host) =>
        (await ReportAsync(host)).Entries["inventory"];
}
