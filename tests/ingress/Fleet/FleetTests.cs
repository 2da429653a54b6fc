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

    private static FleetObserved Observed(int minute, params string[] hosts) =>
        new()
        {
            ObservedAt = Snapshots.Noon.AddMinutes(minute),
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
