using System.Text.Json.Nodes;
using Canary.Contracts.Releases;
using Canary.EndToEnd.Tests.Fixtures;
using Canary.Testing;

namespace Canary.EndToEnd.Tests;

public sealed class ConsulTests
{
    private static readonly Dictionary<string, string> Local = new() { ["canary-transport"] = "local" };

    [Fact]
    public async Task A_push_reaches_the_hosts_that_consul_lists_and_consul_has_the_versions()
    {
        await using var consul = await ConsulServer.StartAsync();
        await consul.RegisterAsync("canary-1", "shop", ["shop::app_canary"], metadata: Local);
        await consul.RegisterAsync("production-1", "shop", ["shop::app"], metadata: Local);
        await consul.RegisterAsync("production-2", "shop", ["shop::app"], metadata: Local, status: "critical");
        await consul.RegisterAsync("production-3", "shop", ["shop::db"], metadata: Local);
        await using var server = await CanaryServer.StartAsync(
            $"hosting.consul.addresses.0={consul.Address}",
            "hosting.consul.register=true",
            "deployer.inventory.kind=consul"
        );
        using var shop = await Apps.ShopAsync();

        var first = await shop.CommitAsync("one");
        await server.PushAsync(shop, first);
        var release = await server.ReleaseInAsync(first, ReleaseStates.Completed);
        foreach (var host in (string[])["canary-1", "production-1", "production-2"])
        {
            (await server.InstalledAsync(host, "shop")).ShouldBe(release.Version);
        }

        (await server.InstalledAsync("production-3", "shop")).ShouldBeNull();
        await HasVersionsAsync(consul, release.Version);

        var second = await shop.CommitAsync("two", healthy: false);
        await server.PushAsync(shop, second, before: first);
        await server.ReleaseInAsync(second, ReleaseStates.RolledBack);
        await HasVersionsAsync(consul, release.Version);

        (await NamesAsync(server, "/api/hosts")).ShouldBe(["canary-1", "production-1", "production-2", "production-3"]);
        var checks = (await JsonAsync(server, "/api/status"))["checks"]!.AsArray();
        foreach (var name in (string[])["consul", "inventory", "advertised-versions"])
        {
            var check = checks.Single(x => x!["name"]!.GetValue<string>() == name)!;
            check["status"]!.GetValue<string>().ShouldBe("ok", check.ToJsonString());
        }

        (await consul.ServicesAsync())
            .Where(service => service.StartsWith("canary-", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .ShouldBe([
                "canary-ci-coordinator",
                "canary-deployer",
                "canary-ingress",
                "canary-packager",
                "canary-repository-publisher",
            ]);
    }

    private static Task HasVersionsAsync(ConsulServer consul, string? version) =>
        Eventually.PassesAsync(async () =>
        {
            (await consul.GetKeyAsync("shop::canary_version")).ShouldBe(version);
            (await consul.GetKeyAsync("shop::version")).ShouldBe(version);
        });

    private static async Task<IEnumerable<string>> NamesAsync(CanaryServer server, string path) =>
        (await JsonAsync(server, path))
            .AsArray()
            .Select(host => host!["name"]!.GetValue<string>())
            .Order(StringComparer.Ordinal);

    private static async Task<JsonNode> JsonAsync(CanaryServer server, string path) =>
        JsonNode.Parse(await server.Http.GetStringAsync(new Uri(path, UriKind.Relative)))!;
}
