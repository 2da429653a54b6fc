using System.Net;
using Canary.Contracts.Releases;
using Canary.EndToEnd.Tests.Fixtures;

namespace Canary.EndToEnd.Tests;

/// <summary>Five processes, RabbitMQ and PostgreSQL.</summary>
public sealed class DistributedTests
{
    [Fact]
    public async Task A_push_reaches_production_through_five_services()
    {
        await using var five = await DistributedInstallation.StartAsync();
        using var shop = await Apps.ShopAsync();
        var commit = await shop.CommitAsync("one");

        (await five.PushAsync(shop, commit)).StatusCode.ShouldBe(HttpStatusCode.Accepted);

        var release = await five.ReleaseInAsync(commit, ReleaseStates.Completed);
        foreach (var host in (string[])["canary-1", "production-1", "production-2"])
        {
            (await five.InstalledAsync(host, "shop")).ShouldBe(release.Version);
            five.Installations(host, "shop", release.Version!).ShouldBe(1);
        }

        release.Stages.ShouldAllBe(stage => stage.StartedAt <= stage.FinishedAt);
    }
}
