using System.Net;
using Canary.Contracts.Releases;
using Canary.EndToEnd.Tests.Fixtures;
using Canary.Testing;
using Canary.Testing.Installations;

namespace Canary.EndToEnd.Tests;

/// <summary>After a release has completed there is a way back, whoever takes it: git or a person.</summary>
public sealed class WayBackTests
{
    private static readonly string[] Hosts = ["canary-1", "production-1", "production-2"];

    [Fact]
    public async Task A_branch_that_is_set_back_runs_what_its_commit_had_published()
    {
        await using var server = await CanaryServer.StartAsync();
        using var shop = await Apps.ShopAsync();
        var one = await CompletedAsync(server, shop, "one");
        var two = await CompletedAsync(server, shop, "two", before: one.Commit);
        await shop.GitAsync("reset", "--quiet", "--hard", one.Commit);

        using var answer = await server.PushAsync(shop, one.Commit, before: two.Commit);

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        await RunsEverywhereAsync(server, one.Version!);
        var again = await NewestAsync(server, ReleaseStates.Completed);
        again.Id.ShouldNotBe(one.Id);
        again.Commit.ShouldBe(one.Commit);
        again
            .Stages.Where(stage => stage.Name is "build" or "package" or "publish")
            .ShouldAllBe(stage => stage.State == "skipped");
    }

    [Fact]
    public async Task A_delivery_that_comes_late_leaves_what_runs()
    {
        await using var server = await CanaryServer.StartAsync();
        using var shop = await Apps.ShopAsync();
        var one = await CompletedAsync(server, shop, "one");
        var late = await shop.CommitAsync("two");
        var three = await CompletedAsync(server, shop, "three", before: late);

        await server.PushAsync(shop, late, before: one.Commit);

        (await server.ReleaseInAsync(late, ReleaseStates.Superseded)).SupersededBy.ShouldBe(three.Id);
        await RunsEverywhereAsync(server, three.Version!);
    }

    [Fact]
    public async Task A_completed_release_is_rolled_back_and_what_is_pushed_next_waits_until_it_is_resumed()
    {
        await using var server = await CanaryServer.StartAsync();
        using var shop = await Apps.ShopAsync();
        var one = await CompletedAsync(server, shop, "one");
        var two = await CompletedAsync(server, shop, "two", before: one.Commit);

        var rollback = await server.CanaryAsync("releases", "rollback", two.Id, "--reason", "slow", "--wait");

        rollback.ExitCode.ShouldBe(0, rollback.Output + rollback.Error);
        await RunsEverywhereAsync(server, one.Version!);
        var three = await shop.CommitAsync("three");
        await server.PushAsync(shop, three, before: two.Commit);
        var held = await server.ReleaseInAsync(three, ReleaseStates.Held);
        held.WaitingFor.ShouldNotBeNull().ShouldContain("slow");
        (await server.InstalledAsync("canary-1", "shop")).ShouldBe(one.Version);

        // What a person deploys is not held.
        (await server.CanaryAsync("deploy", "shop", two.Version!, "--fast")).ExitCode.ShouldBe(0);
        await RunsEverywhereAsync(server, two.Version!);
        await server.ReleaseInAsync(three, ReleaseStates.Superseded);
        (await server.CanaryAsync("deploy", "shop", two.Version!)).ExitCode.ShouldBe(6);

        var four = await shop.CommitAsync("four");
        await server.PushAsync(shop, four, before: three);
        await server.ReleaseInAsync(four, ReleaseStates.Held);
        (await server.CanaryAsync("apps", "resume", "shop")).ExitCode.ShouldBe(0);
        var last = await server.ReleaseInAsync(four, ReleaseStates.Completed);
        await RunsEverywhereAsync(server, last.Version!);
    }

    private static async Task<ReleaseView> CompletedAsync(
        CanaryServer server,
        GitRepository shop,
        string text,
        string? before = null
    )
    {
        var commit = await shop.CommitAsync(text);
        await server.PushAsync(shop, commit, before: before);
        return await server.ReleaseInAsync(commit, ReleaseStates.Completed);
    }

    private static Task RunsEverywhereAsync(CanaryServer server, string version) =>
        Eventually.PassesAsync(async () =>
        {
            foreach (var host in Hosts)
            {
                (await server.InstalledAsync(host, "shop")).ShouldBe(version);
            }
        });

    private static async Task<ReleaseView> NewestAsync(CanaryServer server, string state)
    {
        ReleaseView? newest = null;
        await Eventually.TrueAsync(async () =>
        {
            newest = (await server.ReleasesAsync("application=shop&limit=1"))[0];
            return newest.State == state;
        });
        return newest!;
    }
}
