using System.Net;
using Canary.Contracts.Deploying;
using Canary.Contracts.Releases;
using Canary.EndToEnd.Tests.Fixtures;
using Canary.Testing;

namespace Canary.EndToEnd.Tests;

/// <summary>G1 and G4: exactly one release for a commit, one rollout at a time for an application.</summary>
public sealed class GuaranteeTests
{
    [Fact]
    public async Task The_same_delivery_five_times_makes_one_release_and_one_installation()
    {
        await using var server = await CanaryServer.StartAsync();
        using var shop = await Apps.ShopAsync();
        var commit = await shop.CommitAsync("one");
        var delivery = Guid.NewGuid();

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 5).Select(_ => server.PushAsync(shop, commit, delivery: delivery))
        );

        answers.ShouldAllBe(answer => answer.IsSuccessStatusCode);
        var release = await server.ReleaseInAsync(commit, ReleaseStates.Completed);
        (await server.PushAsync(shop, commit, delivery: Guid.NewGuid())).IsSuccessStatusCode.ShouldBeTrue();
        (await server.ReleasesAsync()).Count.ShouldBe(1);
        server.Installations("canary-1", "shop", release.Version!).ShouldBe(1);
    }

    [Fact]
    public async Task Of_two_pushes_at_once_the_newer_one_ends_in_production()
    {
        await using var server = await CanaryServer.StartAsync();
        using var shop = await Apps.ShopAsync();
        var first = await shop.CommitAsync("one");
        var second = await shop.CommitAsync("two");

        await server.PushAsync(shop, first);
        await server.PushAsync(shop, second, before: first);

        var newer = await server.ReleaseInAsync(second, ReleaseStates.Completed);
        var older = await server.ReleaseInAsync(first, ReleaseStates.Completed, ReleaseStates.Superseded);
        (await server.InstalledAsync("production-1", "shop")).ShouldBe(newer.Version);
        if (older.State == ReleaseStates.Superseded)
        {
            server.Installations("canary-1", "shop", older.Version ?? "none").ShouldBe(0);
        }
    }

    [Fact]
    public async Task Two_pushes_that_arrive_in_the_wrong_order_still_end_with_the_newer_one()
    {
        await using var server = await CanaryServer.StartAsync();
        using var shop = await Apps.ShopAsync(build: "sleep 1");
        var old = await shop.CommitAsync("old");
        var first = await shop.CommitAsync("one");
        var second = await shop.CommitAsync("two");

        await server.PushAsync(shop, second, before: first);
        await server.PushAsync(shop, first, before: old);

        var newer = await server.ReleaseInAsync(second, ReleaseStates.Completed);
        await server.ReleaseInAsync(first, ReleaseStates.Superseded);
        (await server.InstalledAsync("production-1", "shop")).ShouldBe(newer.Version);
    }

    [Fact]
    public async Task Of_ten_pushes_in_a_burst_each_ends_and_the_last_one_runs_everywhere()
    {
        await using var server = await CanaryServer.StartAsync();
        using var shop = await Apps.ShopAsync();
        var commits = new List<string>();
        for (var i = 1; i <= 10; i++)
        {
            commits.Add(await shop.CommitAsync($"number {i}"));
        }

        for (var i = 0; i < commits.Count; i++)
        {
            var answer = await server.PushAsync(shop, commits[i], before: i > 0 ? commits[i - 1] : null);
            if (commits[i] != commits[^1])
            {
                answer.StatusCode.ShouldBe(HttpStatusCode.Accepted);
            }
            else
            {
                // One of the others may have been looked at, and the head of the branch got its release then.
                answer.StatusCode.ShouldBeOneOf(HttpStatusCode.Accepted, HttpStatusCode.OK);
            }
        }

        var last = await server.ReleaseInAsync(commits[^1], ReleaseStates.Completed);
        foreach (var commit in commits[..^1])
        {
            var release = await server.ReleaseInAsync(commit, ReleaseStates.Completed, ReleaseStates.Superseded);
            if (release.State == ReleaseStates.Superseded && release.Version is { } version)
            {
                server.Installations("canary-1", "shop", version).ShouldBe(0);
            }
        }

        foreach (var host in (string[])["canary-1", "production-1", "production-2"])
        {
            (await server.InstalledAsync(host, "shop")).ShouldBe(last.Version);
        }

        (await server.ReleasesAsync()).Count.ShouldBe(10);
    }

    [Fact]
    public async Task A_newer_commit_waits_for_a_release_that_has_reached_a_host()
    {
        await using var server = await CanaryServer.StartAsync("deployer.promotion=manual");
        using var shop = await Apps.ShopAsync();
        var first = await shop.CommitAsync("one");
        await server.PushAsync(shop, first);
        var waiting = await server.ReleaseInAsync(first, RolloutStates.AwaitingPromotion);

        var second = await shop.CommitAsync("two");
        await server.PushAsync(shop, second, before: first);
        var queued = await server.ReleaseInAsync(second, RolloutStates.Queued);

        queued.WaitingFor.ShouldNotBeNullOrEmpty();
        (await server.InstalledAsync("canary-1", "shop")).ShouldBe(waiting.Version);
        await server.DecideAsync(waiting, "rollback");
        await server.ReleaseInAsync(first, ReleaseStates.RolledBack);
        var next = await server.ReleaseInAsync(second, RolloutStates.AwaitingPromotion);
        (await server.InstalledAsync("canary-1", "shop")).ShouldBe(next.Version);
    }
}
