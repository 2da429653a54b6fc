using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Canary.Contracts.Deploying;
using Canary.Contracts.Releases;
using Canary.EndToEnd.Tests.Fixtures;
using Canary.Testing;
using Canary.Testing.Installations;

namespace Canary.EndToEnd.Tests;

/// <summary>A version that fails only under load passes every health check; a real Prometheus and Alertmanager have it rolled back.</summary>
public sealed class AlarmTests : IAsyncLifetime
{
    private static readonly string[] Hosts = ["canary-1", "production-1", "production-2"];

    private readonly int _port = Monitoring.NextPort();
    private CanaryServer _server = null!;
    private GitRepository _shop = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await CanaryServer.StartAsync(
            "deployer.soak=00:10:00",
            "deployer.waves.0=1",
            "deployer.waves.1=100%",
            $"ingress.alarms.alertmanager.address=http://127.0.0.1:{_port.ToString(CultureInfo.InvariantCulture)}",
            "ingress.alarms.alertmanager.ask-every=00:00:01"
        );
        _shop = (await Apps.ShopAsync()).WithScript(
            "script/post-inst",
            "while [ -e /var/lib/wait ]; do sleep 0.1; done"
        );
    }

    public async ValueTask DisposeAsync()
    {
        _shop.Dispose();
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Canaries_that_soak_are_rolled_back_whether_the_webhook_arrives_or_is_lost(bool arrives)
    {
        await using var monitoring = await Monitoring.StartAsync(_server, _port, arrives);
        var one = await CompletedAsync("one");
        var commit = await PushAsync(Monitoring.FailsUnderLoad, one.Commit);
        await _server.ReleaseInAsync(commit, RolloutStates.Soaking);

        monitoring.IsUnderLoad = true;

        var release = await _server.ReleaseInAsync(commit, ReleaseStates.RolledBack);
        release.Failure!.Code.ShouldBe("alarm-fired");
        release.Failure.Message.ShouldContain("canary-1: requests to canary-1 fail (critical, alertmanager)");
        await RunsEverywhereAsync(one.Version!);
        (await _server.CanaryAsync("alarms", "list", "--app", "shop")).Output.ShouldContain(
            "requests to canary-1 fail"
        );
    }

    [Fact]
    public async Task Hosts_of_a_wave_are_rolled_back_and_so_is_a_release_that_has_completed()
    {
        await using var monitoring = await Monitoring.StartAsync(_server, _port);
        var one = await CompletedAsync("one");
        var wait = Path.Combine(_server.HostRoot("production-2"), "var", "lib", "wait");
        await File.WriteAllTextAsync(wait, "");
        var two = await PushAsync(Monitoring.FailsUnderLoad, one.Commit);
        await PromoteAsync(two);
        await Eventually.TrueAsync(async () => await _server.InstalledAsync("production-1", "shop") != one.Version);
        await WaveAsync(two, "wave-2");

        monitoring.IsUnderLoad = true;
        await _server.ReleaseInAsync(two, RolloutStates.RollingBack);
        File.Delete(wait);

        (await _server.ReleaseInAsync(two, ReleaseStates.RolledBack)).Failure!.Code.ShouldBe("alarm-fired");
        await RunsEverywhereAsync(one.Version!);

        monitoring.IsUnderLoad = false;
        await QuietAsync();
        var three = await PushAsync(Monitoring.FailsUnderLoad, two, "once more");
        await PromoteAsync(three);
        await _server.ReleaseInAsync(three, ReleaseStates.Completed);
        monitoring.IsUnderLoad = true;

        await RunsEverywhereAsync(one.Version!);
        var wayBack = (await _server.ReleasesAsync("application=shop&limit=1"))[0];
        wayBack.Version.ShouldBe(one.Version);
        (await _server.CanaryAsync("audit", "--app", "shop")).Output.ShouldContain("alarms");
    }

    [Fact]
    public async Task A_check_of_Nagios_rolls_the_canaries_back()
    {
        var one = await CompletedAsync("one");
        await using var nagios = await Nagios.StartAsync(_server);
        var commit = await PushAsync("two", one.Commit);
        await _server.ReleaseInAsync(commit, RolloutStates.Soaking);

        nagios.Break();

        var release = await _server.ReleaseInAsync(commit, ReleaseStates.RolledBack);
        release.Failure!.Message.ShouldContain("canary-1: HTTP is CRITICAL: 503 & more (critical, nagios)");
        await RunsEverywhereAsync(one.Version!);
    }

    [Fact]
    public async Task A_test_alarm_takes_the_way_of_real_ones()
    {
        await using var monitoring = await Monitoring.StartAsync(_server, _port);
        var commit = await PushAsync("one");
        await _server.ReleaseInAsync(commit, RolloutStates.Soaking);

        var passed = await _server.CanaryAsync("alarms", "test", "shop", "--timeout", "1m");
        passed.ExitCode.ShouldBe(0, passed.Output + passed.Error);
        passed.Output.ShouldContain("is about shop");

        (await _server.CanaryAsync("alarms", "test", "hats")).ExitCode.ShouldBe(5);
        await _server.ReleaseInAsync(commit, RolloutStates.Soaking);
    }

    private async Task<string> PushAsync(string text, string? before = null, string? subject = null)
    {
        var commit = await _shop
            .WithFile("text", text)
            .WithFile("subject", subject ?? text)
            .CommitAsync(subject ?? text);
        await _server.PushAsync(_shop, commit, before: before);
        return commit;
    }

    private async Task PromoteAsync(string commit)
    {
        var release = await _server.ReleaseInAsync(commit, RolloutStates.Soaking);
        (await _server.DecideAsync(release, "promote")).EnsureSuccessStatusCode();
    }

    private async Task<ReleaseView> CompletedAsync(string text)
    {
        var commit = await PushAsync(text);
        await PromoteAsync(commit);
        return await _server.ReleaseInAsync(commit, ReleaseStates.Completed);
    }

    private Task WaveAsync(string commit, string name) =>
        Eventually.TrueAsync(async () =>
            (await _server.ReleaseAsync(commit))!.Stages.Any(stage => stage.Name == name && stage.State == "running")
        );

    private Task QuietAsync() =>
        Eventually.TrueAsync(async () =>
            (await _server.Http.GetFromJsonAsync<JsonElement>("/api/alarms"))
                .EnumerateArray()
                .All(alarm => !alarm.GetProperty("firing").GetBoolean())
        );

    private Task RunsEverywhereAsync(string version) =>
        Eventually.PassesAsync(async () =>
        {
            foreach (var host in Hosts)
            {
                (await _server.InstalledAsync(host, "shop")).ShouldBe(version);
            }
        });
}
