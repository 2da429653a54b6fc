using System.Net;
using Canary.Contracts.Deploying;
using Canary.Contracts.Releases;
using Canary.EndToEnd.Tests.Fixtures;
using Canary.Testing;

namespace Canary.EndToEnd.Tests;

public sealed class PipelineTests
{
    [Fact]
    public async Task A_push_reaches_production_through_the_canary()
    {
        await using var server = await CanaryServer.StartAsync();
        using var shop = await Apps.ShopAsync();
        var commit = await shop.CommitAsync("one");

        (await server.PushAsync(shop, commit)).StatusCode.ShouldBe(HttpStatusCode.Accepted);

        var release = await server.ReleaseInAsync(commit, ReleaseStates.Completed);
        release.Version.ShouldNotBeNull().ShouldMatch($@"^1\.0\.0-[0-9]+\.g{commit[..7]}");
        foreach (var host in (string[])["canary-1", "production-1", "production-2"])
        {
            (await server.InstalledAsync(host, "shop")).ShouldBe(release.Version);
            server.Installations(host, "shop", release.Version).ShouldBe(1);
        }

        release
            .Stages.Select(stage => stage.Name)
            .ShouldBe(
                ["build", "package", "publish", "preflight", "canary", "soak", "promotion", "wave-1", "wave-2"],
                ignoreOrder: false,
                customMessage: string.Join(", ", release.Stages)
            );
        release.Stages.ShouldAllBe(stage => stage.StartedAt <= stage.FinishedAt);
    }

    [Fact]
    public async Task A_canary_that_is_not_well_is_taken_back_and_production_never_sees_it()
    {
        await using var server = await CanaryServer.StartAsync();
        using var shop = await Apps.ShopAsync();
        var good = await shop.CommitAsync("one");
        await server.PushAsync(shop, good);
        var first = await server.ReleaseInAsync(good, ReleaseStates.Completed);

        var bad = await shop.CommitAsync("two", healthy: false);
        await server.PushAsync(shop, bad, before: good);
        var second = await server.ReleaseInAsync(bad, ReleaseStates.RolledBack);

        second.Failure.ShouldNotBeNull().Message.ShouldContain("canary-1");
        (await server.InstalledAsync("canary-1", "shop")).ShouldBe(first.Version);
        foreach (var host in (string[])["production-1", "production-2"])
        {
            (await server.InstalledAsync(host, "shop")).ShouldBe(first.Version);
            server.Installations(host, "shop", second.Version!).ShouldBe(0);
        }
    }

    [Fact]
    public async Task The_first_release_that_is_not_well_leaves_no_package_behind()
    {
        await using var server = await CanaryServer.StartAsync();
        using var shop = await Apps.ShopAsync();
        var bad = await shop.CommitAsync("one", healthy: false);

        await server.PushAsync(shop, bad);
        await server.ReleaseInAsync(bad, ReleaseStates.RolledBack);

        foreach (var host in (string[])["canary-1", "production-1", "production-2"])
        {
            (await server.InstalledAsync(host, "shop")).ShouldBeNull();
        }
    }

    [Theory]
    [InlineData("AwaitingPromotion")]
    [InlineData("Soaking")]
    public async Task A_person_can_take_a_release_back_whatever_it_waits_for(string phase)
    {
        await using var server = await CanaryServer.StartAsync(
            "deployer.promotion=manual",
            phase == "Soaking" ? "deployer.soak=01:00:00" : "deployer.soak=00:00:00.1"
        );
        using var shop = await Apps.ShopAsync();
        var commit = await shop.CommitAsync("one");
        await server.PushAsync(shop, commit);
        var waiting = await server.ReleaseInAsync(commit, phase);

        (await server.DecideAsync(waiting, "rollback")).StatusCode.ShouldBe(HttpStatusCode.Accepted);

        await server.ReleaseInAsync(commit, ReleaseStates.RolledBack);
        (await server.InstalledAsync("canary-1", "shop")).ShouldBeNull();
    }

    [Fact]
    public async Task A_person_promotes_a_release_that_waits_for_it()
    {
        await using var server = await CanaryServer.StartAsync("deployer.promotion=manual");
        using var shop = await Apps.ShopAsync();
        var commit = await shop.CommitAsync("one");
        await server.PushAsync(shop, commit);
        var waiting = await server.ReleaseInAsync(commit, RolloutStates.AwaitingPromotion);
        (await server.InstalledAsync("production-1", "shop")).ShouldBeNull();

        (await server.DecideAsync(waiting, "promote")).StatusCode.ShouldBe(HttpStatusCode.Accepted);

        await server.ReleaseInAsync(commit, ReleaseStates.Completed);
        (await server.InstalledAsync("production-2", "shop")).ShouldBe(waiting.Version);
    }
}
