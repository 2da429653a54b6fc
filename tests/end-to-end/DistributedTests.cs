using System.Net;
using System.Text.Json.Nodes;
using Canary.Contracts.Releases;
using Canary.EndToEnd.Tests.Fixtures;
using Canary.Testing;

namespace Canary.EndToEnd.Tests;

/// <summary>Five processes, RabbitMQ and PostgreSQL.</summary>
public sealed class DistributedTests
{
    /// <summary>What each service says once it is done, in the order in which one waits for the other.</summary>
    private static readonly string[] OnTheWay =
    [
        "shop.push-received",
        "shop.build-succeeded",
        "shop.package-built",
        "shop.package-published",
        "shop.version-advertised",
        "shop.host-updated",
    ];

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

    [Fact]
    public async Task Another_program_reads_what_happens_in_a_release()
    {
        await using var five = await DistributedInstallation.StartAsync();
        using var reader = await EventReader.StartAsync(five.Rabbit, five.VirtualHost, "shop.*", "_.*");
        using var shop = await Apps.ShopAsync();
        var commit = await shop.CommitAsync("one");

        (await five.PushAsync(shop, commit)).StatusCode.ShouldBe(HttpStatusCode.Accepted);

        var release = await five.ReleaseInAsync(commit, ReleaseStates.Completed);
        await Eventually.TrueAsync(() =>
            Of("shop.release-changed").Any(data => (string?)data["state"] == ReleaseStates.Completed)
        );
        var document = SourceTree.PathOf("docs", "events.asyncapi.yaml");
        (await AsyncApi.FaultsOfAsync(document, reader.Events.Select(it => it.Text))).ShouldBeEmpty();
        reader.Events.Select(it => it.Key).Distinct().Where(OnTheWay.Contains).ShouldBe(OnTheWay);
        Of("_.fleet-observed").ShouldNotBeEmpty();
        Of("shop.host-updated").Select(data => (string?)data["host"]).Distinct().Count().ShouldBe(3);
        ((string?)Of("shop.package-published").First()["package"]!["version"]).ShouldBe(release.Version);

        IEnumerable<JsonNode> Of(string key) => reader.Events.Where(it => it.Key == key).Select(it => it.Json["data"]!);
    }
}
