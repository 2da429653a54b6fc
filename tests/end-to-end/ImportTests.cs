using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Canary.Contracts.Releases;
using Canary.EndToEnd.Tests.Fixtures;
using Canary.Testing;

namespace Canary.EndToEnd.Tests;

/// <summary>What <c>canary repo import</c> makes of repositories that other programs made.</summary>
public sealed class ImportTests : IDisposable
{
    private readonly ForeignRepositories _foreign = new();

    public void Dispose() => _foreign.Dispose();

    [Fact]
    public async Task Suites_of_reprepro_become_those_of_the_same_names_and_a_release_goes_on_from_them()
    {
        var key = await _foreign.MakeKeyAsync();
        var root = await _foreign.RepreproAsync(
            key,
            ("canary", [await _foreign.PackageAsync("shop", "0.9")]),
            ("production", [await _foreign.PackageAsync("shop", "0.8"), await _foreign.PackageAsync("worker", "2.0")])
        );
        await using var server = await CanaryServer.StartAsync();

        var plan = await ImportAsync(server, root, 0, "--keyring", _foreign.Keyring, "--dry-run");
        StatesOf(plan).ShouldBe(["shop 0.8 new", "shop 0.9 new", "worker 2.0 new"]);
        (await OffersAsync(server)).ShouldBeEmpty();

        var done = await ImportAsync(server, root, 0, "--keyring", _foreign.Keyring, "--owner", "worker=shop");
        StatesOf(done).ShouldBe(["shop 0.8 imported", "shop 0.9 imported", "worker 2.0 imported"]);
        done["suites"]!.AsArray().ShouldAllBe(suite => (string)suite!["fingerprints"]![0]! == key);
        (await OffersAsync(server)).ShouldBe([
            "shop/shop canary 0.9",
            "shop/shop production 0.8",
            "shop/worker production 2.0",
        ]);

        var again = await ImportAsync(server, root, 0, "--owner", "worker=shop");
        StatesOf(again).ShouldBe(["shop 0.8 present", "shop 0.9 present", "worker 2.0 present"]);
        again["listings"]!.AsArray().ShouldAllBe(listing => (string)listing!["state"]! == "unchanged");

        using var shop = await Apps.ShopAsync();
        var commit = await shop.CommitAsync("one");
        await server.PushAsync(shop, commit);
        var release = await server.ReleaseInAsync(commit, ReleaseStates.Completed);
        var late = await ImportAsync(server, root, 0, "--owner", "worker=shop");
        late["listings"]!
            .AsArray()
            .Where(listing => (string)listing!["package"]! == "shop")
            .ShouldAllBe(listing => (string)listing!["state"]! == "kept");
        (await OffersAsync(server)).ShouldContain($"shop/shop production {release.Version}");
    }

    [Fact]
    public async Task The_one_suite_of_aptly_becomes_all_and_its_newest_version_is_offered()
    {
        var root = await _foreign.AptlyAsync(
            "bookworm",
            await _foreign.PackageAsync("shop", "1.10"),
            await _foreign.PackageAsync("shop", "1.9")
        );
        await using var server = await CanaryServer.StartAsync();

        await ImportAsync(server, root, 0, "--application", "web");

        (await OffersAsync(server)).ShouldBe(["web/shop canary 1.10", "web/shop production 1.10"]);
        var listed = await server.CanaryAsync("repo", "show", "shop", "--json");
        JsonNode.Parse(listed.Output)!["files"]!.AsArray().ShouldAllBe(file => file!["suites"]!.AsArray().Count == 2);
        (await server.CanaryAsync("repo", "verify")).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task The_cache_of_freight_is_read_by_the_name_of_its_link()
    {
        var root = await _foreign.FreightAsync("production", ("shop", await _foreign.PackageAsync("shop", "1.0")));
        await using var server = await CanaryServer.StartAsync();

        await ImportAsync(server, root, 0);

        (await OffersAsync(server)).ShouldBe(["shop/shop production 1.0"]);

        using var nextNight = new ForeignRepositories();
        var replaced = await nextNight.FreightAsync(
            "production",
            ("shop", await nextNight.PackageAsync("shop", "1.1"))
        );
        (await ImportAsync(server, replaced, 0))["listings"]![0]!["state"]!.GetValue<string>().ShouldBe("listed");
        (await OffersAsync(server)).ShouldBe(["shop/shop production 1.1"]);

        (await ImportAsync(server, root, 0))["listings"]![0]!["state"]!.GetValue<string>().ShouldBe("kept");
        (await OffersAsync(server)).ShouldBe(["shop/shop production 1.1"]);
    }

    [Fact]
    public async Task What_cannot_be_taken_is_told_before_anything_is()
    {
        var damaged = await _foreign.PackageAsync("damaged", "1.0");
        var root = await _foreign.FreightAsync(
            "production",
            ("good", await _foreign.PackageAsync("good", "1.0")),
            ("damaged", damaged),
            ("epoch", await _foreign.PackageAsync("epoch", "1:1.0")),
            ("openssh-server", await _foreign.PackageAsync("openssh-server", "99")),
            ("shop", await _foreign.PackageAsync("shop", "1.0"))
        );
        await File.AppendAllTextAsync(
            Path.Combine(root, "pool/production/main/d/damaged", Path.GetFileName(damaged)),
            "rust"
        );
        await using var server = await CanaryServer.StartAsync(
            "repository-publisher.admission.owners.shop=another-application"
        );

        var refused = await server.CanaryAsync("repo", "import", root);

        refused.ExitCode.ShouldBe(1, refused.Output + refused.Error);
        foreach (
            var code in new[] { "file-unreadable", "epoch-not-allowed", "package-name-reserved", "package-name-taken" }
        )
        {
            refused.Output.ShouldContain(code);
        }

        refused.Error.ShouldContain("4 of 5 files cannot be taken, so none was");
        (await OffersAsync(server)).ShouldBeEmpty();

        StatesOf(await ImportAsync(server, root, 1, "--skip-refused")).ShouldContain("good 1.0 imported");
        (await OffersAsync(server)).ShouldBe(["good/good production 1.0"]);
    }

    [Fact]
    public async Task A_version_that_is_here_with_other_bytes_is_refused()
    {
        var first = await _foreign.FreightAsync("production", ("shop", await _foreign.PackageAsync("shop", "1.0")));
        using var other = new ForeignRepositories();
        var second = await other.FreightAsync("production", ("shop", await other.PackageAsync("shop", "1.0", "other")));
        await using var server = await CanaryServer.StartAsync();
        await ImportAsync(server, first, 0);

        var refused = await server.CanaryAsync("repo", "import", second);

        refused.ExitCode.ShouldBe(1);
        refused.Output.ShouldContain("version-taken");
    }

    [Fact]
    public async Task Nothing_is_believed_that_is_not_what_was_signed()
    {
        var key = await _foreign.MakeKeyAsync();
        var root = await _foreign.RepreproAsync(key, ("production", [await _foreign.PackageAsync("shop", "1.0")]));
        using var stranger = new ForeignRepositories();
        await stranger.MakeKeyAsync();
        await using var server = await CanaryServer.StartAsync();

        var foreign = await server.CanaryAsync("repo", "import", root, "--keyring", stranger.Keyring);
        foreign.ExitCode.ShouldBe(1);
        foreign.Error.ShouldContain("is not signed by a key of");

        foreach (var index in Directory.GetFiles(Path.Combine(root, "dists"), "Packages*", SearchOption.AllDirectories))
        {
            await File.AppendAllTextAsync(index, "\n");
        }

        var changed = await server.CanaryAsync("repo", "import", root, "--keyring", _foreign.Keyring);
        changed.ExitCode.ShouldBe(2);
        changed.Error.ShouldContain("is not what its Release file says");
        (await OffersAsync(server)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("no directory dists")]
    [InlineData("has no suite", "--suite", "stable=production")]
    [InlineData("The server has no suite", "--suite", "production=stable")]
    [InlineData("names no owner", "--owner", "shop")]
    public async Task What_was_said_wrong_is_told(string message, params string[] options)
    {
        var root =
            options.Length == 0
                ? _foreign.Path
                : await _foreign.FreightAsync("production", ("shop", await _foreign.PackageAsync("shop", "1.0")));
        await using var server = await CanaryServer.StartAsync();

        var told = await server.CanaryAsync(["repo", "import", root, .. options]);

        told.ExitCode.ShouldBe(2);
        told.Error.ShouldContain(message);
    }

    private static async Task<JsonNode> ImportAsync(
        CanaryServer server,
        string root,
        int exitCode,
        params string[] options
    )
    {
        var result = await server.CanaryAsync(["repo", "import", root, "--json", .. options]);
        result.ExitCode.ShouldBe(exitCode, result.Output + result.Error);
        return JsonNode.Parse(result.Output)!;
    }

    private static IEnumerable<string> StatesOf(JsonNode import) =>
        import["files"]!
            .AsArray()
            .Select(file => $"{file!["package"]} {file["version"]} {file["state"]}")
            .Order(StringComparer.Ordinal);

    /// <summary>What suites offer, as <c>APPLICATION/PACKAGE SUITE VERSION</c>.</summary>
    private static async Task<IReadOnlyList<string>> OffersAsync(CanaryServer server)
    {
        var list = await server.Http.GetFromJsonAsync<JsonNode>("api/apt/packages");
        return
        [
            .. list!["packages"]!
                .AsArray()
                .SelectMany(package =>
                    package!["offered"]!
                        .AsArray()
                        .Select(offer =>
                            $"{package["application"]}/{package["name"]} {offer!["suite"]} {offer["version"]}"
                        )
                )
                .Order(StringComparer.Ordinal),
        ];
    }
}
