using System.Net;
using System.Net.Http.Json;
using Canary.Contracts.Releases;
using Canary.EndToEnd.Tests.Fixtures;
using Canary.Testing;

namespace Canary.EndToEnd.Tests;

/// <summary>A repository publishes for its own application only, and under its own names.</summary>
public sealed class OwnershipTests
{
    [Fact]
    public async Task Second_repository_of_the_same_last_name_is_refused_with_the_remedy()
    {
        await using var server = await CanaryServer.StartAsync();
        using var first = await ApiAsync("acme");
        using var second = await ApiAsync("other");
        var commit = await first.CommitAsync();
        await RunAsync(server, first);
        var release = await server.ReleaseInAsync(commit, ReleaseStates.Completed);

        var other = await second.CommitAsync("Mine now");
        var told = await server.CanaryAsync("run", "--repo", second.Path);

        told.ExitCode.ShouldBe(1, told.Output + told.Error);
        told.Error.ShouldContain($"{second.Path} belongs to {first.Path}");
        told.Error.ShouldContain("ingress.repositories");
        (await server.ReleasesAsync()).Count.ShouldBe(1);

        await RunAsync(server, second);
        var refused = await server.ReleaseInAsync(other, ReleaseStates.Failed);

        refused.Failure.ShouldNotBeNull().Code.ShouldBe("application-taken");
        refused.Failure.Remedy.ShouldContain("'application: api'");
        (await server.InstalledAsync("production-1", "api")).ShouldBe(release.Version);
    }

    [Fact]
    public async Task Name_of_another_application_is_refused_with_the_remedy()
    {
        await using var server = await CanaryServer.StartAsync();
        using var shop = await Apps.ShopAsync();
        var good = await shop.CommitAsync("one");
        await server.PushAsync(shop, good);
        var release = await server.ReleaseInAsync(good, ReleaseStates.Completed);
        using var evil = await GitRepository.CreateAsync(name: "evil");
        var bad = await evil.WithConventionScripts()
            .WithFile("canary.yml", "name: shop\nversion: 9.0.0\n")
            .CommitAsync();

        (await server.PushAsync(evil, bad, name: "evil")).StatusCode.ShouldBe(HttpStatusCode.Accepted);
        var refused = await server.ReleaseInAsync(bad, ReleaseStates.Failed);

        refused.Failure.ShouldNotBeNull().Code.ShouldBe("package-name-taken");
        refused.Failure.Remedy.ShouldContain("repository-publisher.admission.owners.shop");
        (await server.InstalledAsync("production-1", "shop")).ShouldBe(release.Version);
    }

    [Fact]
    public async Task Package_that_changes_its_name_replaces_its_former_one()
    {
        await using var server = await CanaryServer.StartAsync();
        using var shop = await Apps.ShopAsync();
        var before = await shop.CommitAsync("one");
        await server.PushAsync(shop, before);
        await server.ReleaseInAsync(before, ReleaseStates.Completed);

        shop.WithFile(
            "canary.yml",
            "name: shop-web\nprefix: /opt/shop\nconflicts: [shop]\nreplaces: [shop]\nprovides: [shop]\n"
        );
        var after = await shop.CommitAsync("two");
        await server.PushAsync(shop, after, before: before);
        var renamed = await server.ReleaseInAsync(after, ReleaseStates.Completed);

        (await server.InstalledAsync("production-1", "shop-web")).ShouldBe(renamed.Version);
        (await server.InstalledAsync("production-1", "shop")).ShouldBeNull();
    }

    private static async Task<GitRepository> ApiAsync(string owner)
    {
        var repository = await GitRepository.CreateAsync(name: "api");
        return repository.WithConventionScripts().WithFile("owner", owner);
    }

    /// <summary>As a program does that checks nothing before.</summary>
    private static async Task RunAsync(CanaryServer server, GitRepository repository)
    {
        using var answer = await server.Http.PostAsJsonAsync("/api/releases", new { Repository = repository.Path });
        answer.StatusCode.ShouldBe(HttpStatusCode.Accepted, await answer.Content.ReadAsStringAsync());
    }
}
