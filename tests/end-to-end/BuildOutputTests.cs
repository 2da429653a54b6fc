using Canary.Contracts.Releases;
using Canary.EndToEnd.Tests.Fixtures;
using Canary.Testing;

namespace Canary.EndToEnd.Tests;

/// <summary>Applications that need what their build makes.</summary>
public sealed class BuildOutputTests
{
    private const string Setup = """
        mkdir -p node_modules/.bin node_modules/greet
        printf '#!/bin/sh\necho hello\n' > node_modules/greet/cli
        chmod +x node_modules/greet/cli
        ln -s ../greet/cli node_modules/.bin/greet
        """;

    private const string Build = """
        mkdir -p dist
        printf '#!/bin/sh\ntest "$("$(dirname "$0")/../node_modules/.bin/greet")" = hello\n' > dist/health
        chmod +x dist/health
        """;

    private const string Metadata = """
        health:
          command: [dist/health]
          grace: 2s

        """;

    [Fact]
    public async Task What_the_build_made_runs_on_every_host()
    {
        await using var server = await CanaryServer.StartAsync();
        using var shop = await ShopAsync(Metadata + "package:\n  include: [\"dist/**\", \"node_modules/**\"]\n");
        var commit = await shop.CommitAsync();

        await server.PushAsync(shop, commit);

        var release = await server.ReleaseInAsync(commit, ReleaseStates.Completed);
        foreach (var host in (string[])["canary-1", "production-1", "production-2"])
        {
            (await server.InstalledAsync(host, "shop")).ShouldBe(release.Version);
            File.ReadAllText(Path.Combine(server.HostRoot(host), "opt/shop/node_modules/.bin/greet"))
                .ShouldContain("hello");
            File.Exists(Path.Combine(server.HostRoot(host), "usr/share/doc/shop/build-output.sha256")).ShouldBeTrue();
        }

        var shown = (await server.CanaryAsync("releases", "show", "shop@latest", "--json")).Output;
        shown.ShouldContain("\"sha256\"");
        (await server.CanaryAsync("releases", "show", "shop@latest")).Output.ShouldContain("with 3 built files");
    }

    [Fact]
    public async Task A_canary_that_misses_what_the_build_made_is_told_so()
    {
        await using var server = await CanaryServer.StartAsync();
        using var shop = await ShopAsync(Metadata);
        var commit = await shop.CommitAsync();

        await server.PushAsync(shop, commit);

        // The rollout's failure is shown before the release's own, which says more.
        await server.ReleaseInAsync(commit, ReleaseStates.RolledBack);
        await Eventually.TrueAsync(async () => (await server.ReleaseAsync(commit))?.State == ReleaseStates.RolledBack);
        var release = (await server.ReleaseAsync(commit)).ShouldNotBeNull();
        var remedy = release.Failure.ShouldNotBeNull().Remedy.ShouldNotBeNull();
        remedy.ShouldContain("The build left 2 files that are not in the package (1 in dist, 1 in node_modules)");
        remedy.ShouldContain("include: [\"dist/**\", \"node_modules/**\"]");
    }

    private static async Task<GitRepository> ShopAsync(string metadata)
    {
        var repository = await GitRepository.CreateAsync(name: "shop");
        return repository
            .WithConventionScripts(setup: Setup, build: Build)
            .WithFile(".gitignore", "node_modules/\ndist/\n")
            .WithFile("canary.yml", metadata);
    }
}
