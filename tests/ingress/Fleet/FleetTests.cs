using System.Net;
using System.Net.Http.Json;
using Canary.Contracts;
using Canary.Contracts.Deploying;
using Canary.Contracts.Releases;
using Canary.Testing;

namespace Canary.Ingress.Tests.Fleet;

public class FleetTests : IAsyncLifetime
{
    private IngressHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await IngressHost.StartAsync();

    public async ValueTask DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task The_newest_observation_of_the_fleet_is_shown()
    {
        await _host.PublishAsync(Observed(2, "canary-1", "web-1", "web-2"));
        await ShowsAsync("canary-1", "web-1", "web-2");
        await _host.PublishAsync(Observed(1, "old"));
        await _host.PublishAsync(Observed(3, "canary-1", "web-3"));
        await ShowsAsync("canary-1", "web-3");

        var canary = (await _host.GetAsync("/api/hosts"))[0];
        canary.Text("channel").ShouldBe("canary");
        canary.Text("address").ShouldBe("192.0.2.1");
        canary.Text("transport").ShouldBe("local");
        canary.GetProperty("applications").EnumerateArray().Select(x => x.GetString()).ShouldBe(["*"]);
        canary.GetProperty("tags").EnumerateArray().Select(x => x.GetString()).ShouldBe(["zone=a"]);
    }

    [Fact]
    public async Task Hosts_show_what_they_run()
    {
        await _host.PublishAsync(Observed(1, "canary-1", "web-1"));
        var first = Snapshots.Push(Guid.NewGuid());
        var second = Snapshots.Push(Guid.NewGuid());
        // The clock of the second one is behind: numbers count, and may be known late.
        await _host.PublishAsync(Snapshots.Release(first, 4, ReleaseStates.RollingOut) with { Number = 1 });
        await RollOutAsync(first, RolloutStates.Completed, "1.0", startMinute: 0, ["canary-1", "web-1"], []);
        await RollOutAsync(second, RolloutStates.Soaking, "2.0", startMinute: -60, ["canary-1"], ["web-1"]);
        await _host.PublishAsync(Snapshots.Release(second, 4, ReleaseStates.RollingOut) with { Number = 2 });

        await VersionsAsync(("canary-1", "2.0"), ("web-1", "1.0"));

        // A late report of the first rollout says nothing about now.
        await RollOutAsync(
            first,
            RolloutStates.Completed,
            "1.0",
            startMinute: 0,
            ["canary-1", "web-1"],
            [],
            revision: 9
        );
        await VersionsAsync(("canary-1", "2.0"), ("web-1", "1.0"));
    }

    [Fact]
    public async Task An_application_shows_how_far_its_channels_are()
    {
        await _host.PublishAsync(Observed(1, "canary-1", "web-1"));
        await ShowsAsync("canary-1", "web-1");
        var first = await ReleasedAsync(RolloutStates.Completed, "1.0", startMinute: 0, number: 1);
        await ChannelsAsync("1.0", "1.0");

        var second = await ReleasedAsync(RolloutStates.Soaking, "2.0", startMinute: -60, number: 2);
        await ChannelsAsync("1.0", "2.0");
        var application = (await _host.GetAsync("/api/applications"))[0];
        application.GetProperty("canary").GetProperty("releaseId").GetGuid().ShouldBe(second.ReleaseId);
        application.GetProperty("production").GetProperty("releaseId").GetGuid().ShouldBe(first.ReleaseId);
        application.GetProperty("hosts").GetInt32().ShouldBe(2);
        application.GetProperty("latest").GetProperty("application").GetString().ShouldBe("shop");

        application.GetProperty("latest").GetProperty("id").GetGuid().ShouldBe(second.ReleaseId);

        await RollOutAsync(second, RolloutStates.RolledBack, "2.0", startMinute: -60, ["canary-1"], [], revision: 5);
        await ChannelsAsync("1.0", "1.0");
    }

    [Theory]
    [InlineData("other", "other", "No host runs shop")]
    [InlineData("*", "other", "No production host runs shop")]
    [InlineData("other", "shop", "No canary host runs shop")]
    public async Task An_application_that_lacks_hosts_is_told_before_its_build(
        string canaryRuns,
        string productionRuns,
        string words
    )
    {
        var observed = Observed(1, "canary-1", "web-1");
        await _host.PublishAsync(
            observed with
            {
                Hosts =
                [
                    observed.Hosts[0] with
                    {
                        Applications = [canaryRuns],
                    },
                    observed.Hosts[1] with
                    {
                        Applications = [productionRuns],
                    },
                ],
            }
        );
        await ShowsAsync("canary-1", "web-1");

        var warning = (await WarningsAsync()).ShouldHaveSingleItem();

        warning.ShouldContain(words);
        warning.ShouldContain("applications: [shop]");
    }

    [Fact]
    public async Task An_application_that_has_hosts_is_not_warned_of()
    {
        await _host.PublishAsync(Observed(1, "canary-1", "web-1"));
        await ShowsAsync("canary-1", "web-1");

        (await WarningsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_fleet_that_was_never_reported_is_not_warned_of() => (await WarningsAsync()).ShouldBeEmpty();

    [Fact]
    public async Task A_completed_release_says_that_it_reached_no_production_host()
    {
        var push = Snapshots.Push(Guid.NewGuid());
        await _host.PublishAsync(
            Releases.ProjectionTests.Rollout(push, 1, RolloutStates.Completed, startMinute: 0) with
            {
                Hosts = [HostOf("canary-1", StageState.Succeeded, "1.0") with { Channel = Channel.Canary }],
            }
        );
        await _host.PublishAsync(Snapshots.Release(push, 4, ReleaseStates.Completed));

        await Eventually.PassesAsync(async () =>
            (await _host.GetAsync($"/api/releases/{push.ReleaseId}"))
                .GetProperty("warnings")[0]
                .GetString()
                .ShouldBe("It reached no production host: none runs shop.")
        );
    }

    private async Task<IReadOnlyList<string>> WarningsAsync()
    {
        using var repository = await GitRepository.CreateAsync(name: "shop");
        await repository.WithConventionScripts().CommitAsync("Sell hats");
        using var answer = await _host.Operator.PostAsJsonAsync("/api/releases", new { repository = repository.Path });
        var release = await answer.ShouldBeAsync(HttpStatusCode.Accepted);
        return [.. release.GetProperty("warnings").EnumerateArray().Select(x => x.GetString()!)];
    }

    /// <summary>Numbers count: the clock goes backwards.</summary>
    private static FleetObserved Observed(int number, params string[] hosts) =>
        new()
        {
            Revision = number,
            ObservedAt = Snapshots.Noon.AddMinutes(-number),
            Hosts =
            [
                .. hosts.Select(
                    (name, i) =>
                        new FleetHost
                        {
                            Name = name,
                            Address = $"192.0.2.{i + 1}",
                            Channel = name.StartsWith("canary", StringComparison.Ordinal)
                                ? Channel.Canary
                                : Channel.Production,
                            Role = "app",
                            Applications = ["*"],
                            Transport = "local",
                            Tags = ["zone=a"],
                        }
                ),
            ],
        };

    private async Task<PushReceived> ReleasedAsync(string state, string version, int startMinute, long number)
    {
        var push = Snapshots.Push(Guid.NewGuid()) with { ReceivedAt = Snapshots.Noon.AddMinutes(startMinute) };
        await _host.PublishAsync(Snapshots.Release(push, 4, ReleaseStates.RollingOut) with { Number = number });
        await RollOutAsync(push, state, version, startMinute, ["canary-1"], []);
        return push;
    }

    [Fact]
    public async Task Hosts_that_drift_are_shown_and_brought_back_when_a_person_says_so()
    {
        await _host.PublishAsync(Observed(1, "canary-1", "web-1", "web-2"));
        await ShowsAsync("canary-1", "web-1", "web-2");
        await _host.PublishAsync(
            new HostsObserved
            {
                Application = "shop",
                Revision = 1,
                Number = 1,
                Hosts = [Drifting("web-1"), Drifting("web-2"), Drifting("canary-1") with { DriftsSince = null }],
            }
        );
        await Eventually.PassesAsync(async () =>
            (await _host.GetAsync("/api/hosts"))[1]
                .GetProperty("drifts")
                .EnumerateArray()
                .ShouldHaveSingleItem()
                .Text("wanted")
                .ShouldBe("2.0")
        );

        using var all = await _host.Operator.PostAsJsonAsync("/api/hosts/converge", new { by = "ada" });
        using var one = await _host.Operator.PostAsJsonAsync(
            "/api/hosts/converge",
            new
            {
                host = "web-2",
                application = "shop",
                by = "ada",
            }
        );

        Names(await all.ShouldBeAsync(HttpStatusCode.Accepted)).ShouldBe(["web-1", "web-2"], ignoreOrder: true);
        Names(await one.ShouldBeAsync(HttpStatusCode.Accepted)).ShouldBe(["web-2"]);
        (await _host.Sent.FirstAsync<ConvergeHosts>(x => x.Host is null)).By.ShouldBe("ada");
        (await _host.Sent.FirstAsync<ConvergeHosts>(x => x.Host == "web-2")).Application.ShouldBe("shop");

        static IEnumerable<string?> Names(System.Text.Json.JsonElement answer) =>
            answer.GetProperty("hosts").EnumerateArray().Select(x => x.GetString());
    }

    [Fact]
    public async Task Only_an_operator_brings_hosts_back_and_only_those_that_there_are()
    {
        await _host.PublishAsync(Observed(1, "web-1"));
        await ShowsAsync("web-1");

        using var stranger = await _host.Anonymous.PostAsJsonAsync("/api/hosts/converge", new { });
        using var unknown = await _host.Operator.PostAsJsonAsync("/api/hosts/converge", new { host = "web-9" });

        await stranger.ShouldBeProblemAsync(HttpStatusCode.Unauthorized);
        (await unknown.ShouldBeProblemAsync(HttpStatusCode.NotFound, "host-unknown"))
            .Text("detail")
            .ShouldContain("web-9");
        _host.Sent.Of<ConvergeHosts>().ShouldBeEmpty();
    }

    private static ObservedHost Drifting(string name) =>
        new()
        {
            Name = name,
            Wanted = "2.0",
            Running = "1.0",
            LastContactAt = Snapshots.Noon,
            DriftsSince = Snapshots.Noon,
        };

    private Task RollOutAsync(
        PushReceived push,
        string state,
        string version,
        int startMinute,
        string[] done,
        string[] pending,
        int revision = 1
    ) =>
        _host.PublishAsync(
            Releases.ProjectionTests.Rollout(push, revision, state, startMinute) with
            {
                Version = version,
                Hosts =
                [
                    .. done.Select(name => HostOf(name, StageState.Succeeded, version)),
                    .. pending.Select(name => HostOf(name, StageState.Pending, null)),
                ],
            }
        );

    private static HostSnapshot HostOf(string name, StageState state, string? version) =>
        new()
        {
            Name = name,
            Channel = Channel.Production,
            Step = "wave-1",
            State = state,
            Version = version,
        };

    private Task ShowsAsync(params string[] names) =>
        Eventually.PassesAsync(async () =>
            (await _host.GetAsync("/api/hosts")).EnumerateArray().Select(x => x.Text("name")).ShouldBe(names)
        );

    private Task VersionsAsync(params (string Host, string Version)[] versions) =>
        Eventually.PassesAsync(async () =>
        {
            var hosts = (await _host.GetAsync("/api/hosts")).EnumerateArray().ToDictionary(x => x.Text("name"));
            foreach (var (host, version) in versions)
            {
                hosts[host].GetProperty("versions").Text("shop").ShouldBe(version);
            }
        });

    private Task ChannelsAsync(string production, string canary) =>
        Eventually.PassesAsync(async () =>
        {
            var application = (await _host.GetAsync("/api/applications")).EnumerateArray().ShouldHaveSingleItem();
            application.GetProperty("production").Text("version").ShouldBe(production);
            application.GetProperty("canary").Text("version").ShouldBe(canary);
        });
}
