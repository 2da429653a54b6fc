using Canary.Contracts.Deploying;
using Canary.Contracts.Releases;
using Canary.EndToEnd.Tests.Fixtures;
using Canary.Testing;

namespace Canary.EndToEnd.Tests;

/// <summary>G3: whatever state a release is in when the server is killed, it completes after a restart, once.</summary>
public sealed class CrashTests
{
    private const string KillsTheServer = """
        pid=$PPID
        until tr '\0' ' ' < "/proc/$pid/cmdline" | grep -q canary-server; do
          pid=$(awk '/^PPid:/ { print $2 }' "/proc/$pid/status")
        done
        kill -9 "$pid"
        sleep 60
        """;

    private static readonly string[] Fleet = ["canary-1", "production-1", "production-2"];

    [Theory]
    [InlineData("Building")]
    [InlineData("Packaging")]
    [InlineData("Publishing")]
    public async Task A_release_survives_a_kill_in_state(string state) =>
        await SurvivesAsync(server => SagaProbe.ReleaseState(server) == state);

    [Theory]
    [InlineData("Preflight")]
    [InlineData("DeployingCanary")]
    [InlineData("Soaking")]
    [InlineData("DeployingWave")]
    public async Task A_rollout_survives_a_kill_in_state(string state) =>
        await SurvivesAsync(server =>
            SagaProbe.RolloutState(server)?.StartsWith(state, StringComparison.Ordinal) == true
        );

    [Fact]
    public async Task A_release_that_waits_for_a_person_still_waits_after_a_kill_and_can_be_promoted()
    {
        await using var server = await CanaryServer.StartAsync("deployer.promotion=manual");
        using var shop = await Apps.ShopAsync();
        var commit = await shop.CommitAsync("one");
        await server.PushAsync(shop, commit);
        await server.ReleaseInAsync(commit, RolloutStates.AwaitingPromotion);

        await server.RestartAsync();

        var waiting = await server.ReleaseInAsync(commit, RolloutStates.AwaitingPromotion);
        await server.DecideAsync(waiting, "promote");
        await CompletedOnceAsync(server, commit);
    }

    [Fact]
    public async Task A_rollback_survives_a_kill()
    {
        await using var server = await CanaryServer.StartAsync();
        using var shop = await Apps.ShopAsync();
        var good = await shop.CommitAsync("one");
        await server.PushAsync(shop, good);
        var first = await server.ReleaseInAsync(good, ReleaseStates.Completed);
        var bad = await shop.CommitAsync("two", healthy: false);

        await server.PushAsync(shop, bad, before: good);
        await server.KillWhenAsync(() => SagaProbe.RolloutState(server) == "RollingBack");
        await server.StartAsync();

        await server.ReleaseInAsync(bad, ReleaseStates.RolledBack);
        (await server.InstalledAsync("canary-1", "shop")).ShouldBe(first.Version);
        (await server.InstalledAsync("production-1", "shop")).ShouldBe(first.Version);
    }

    [Fact]
    public async Task A_push_that_was_accepted_is_released_although_the_server_died_at_once()
    {
        await using var server = await CanaryServer.StartAsync();
        using var shop = await Apps.ShopAsync();
        var commit = await shop.CommitAsync("one");

        (await server.PushAsync(shop, commit)).EnsureSuccessStatusCode();
        await server.RestartAsync();

        await CompletedOnceAsync(server, commit);
    }

    [Fact]
    public async Task A_release_survives_one_kill_after_another()
    {
        await using var server = await CanaryServer.StartAsync(
            "ci-coordinator.jobs.attempts=10",
            "packager.jobs.attempts=10"
        );
        using var shop = await Apps.ShopAsync();
        var commit = await shop.CommitAsync("one");
        await server.PushAsync(shop, commit);
        var random = new Random(20261123);

        for (var kill = 0; kill < 5; kill++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(50, 900)), TimeProvider.System);
            await server.RestartAsync();
        }

        await CompletedOnceAsync(server, commit);
    }

    [Fact]
    public async Task A_commit_that_takes_the_server_with_it_fails_after_three_times_and_the_next_one_is_released()
    {
        await using var server = await CanaryServer.StartAsync(
            "ci-coordinator.builds.unsafe-scripts-on-this-machine=true"
        );
        using var poison = await Apps.ShopAsync(build: KillsTheServer);
        var commit = await poison.CommitAsync("one");
        await server.PushAsync(poison, commit);

        for (var time = 0; time < 3; time++)
        {
            await server.DiesAsync();
            await server.StartAsync();
        }

        var failed = await server.ReleaseInAsync(commit, ReleaseStates.Failed);
        failed.Failure!.Code.ShouldBe("job-lost-process");
        var mended = await poison.WithConventionScripts(build: "exit 0").CommitAsync("two");
        await server.PushAsync(poison, mended, before: commit);
        await server.ReleaseInAsync(mended, ReleaseStates.Completed);
    }

    private static async Task SurvivesAsync(Func<CanaryServer, bool> isThere)
    {
        await using var server = await CanaryServer.StartAsync();
        using var shop = await Apps.ShopAsync();
        var commit = await shop.CommitAsync("one");
        await server.PushAsync(shop, commit);

        await server.KillWhenAsync(() => isThere(server));
        await server.StartAsync();

        await CompletedOnceAsync(server, commit);
    }

    private static async Task CompletedOnceAsync(CanaryServer server, string commit)
    {
        var release = await server.ReleaseInAsync(commit, ReleaseStates.Completed);
        (await server.ReleasesAsync()).Count.ShouldBe(1);
        foreach (var host in Fleet)
        {
            (await server.InstalledAsync(host, "shop")).ShouldBe(release.Version);
            server.Installations(host, "shop", release.Version!).ShouldBe(1, $"{host}\n{server.Log}");
        }

        server.LeftBehind().ShouldBeEmpty();
    }
}
