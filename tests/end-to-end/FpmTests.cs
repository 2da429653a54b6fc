using Canary.Contracts.Releases;
using Canary.EndToEnd.Tests.Fixtures;
using Canary.Testing;

namespace Canary.EndToEnd.Tests;

/// <summary>An application with an <c>fpm.json</c>, as the original pipeline had them, whose packages FPM makes.</summary>
public sealed class FpmTests
{
    [Fact]
    public async Task What_fpm_packaged_runs_on_every_host()
    {
        var fpm =
            Environment.GetEnvironmentVariable("CANARY_TEST_FPM")
            ?? SourceTree.PathOf("tests", "packager", "Builders", "Fpm", "fpm-stand-in");
        await using var server = await CanaryServer.StartAsync(
            "packager.builder=fpm",
            "packager.fpm.kind=local",
            $"packager.fpm.program={fpm}"
        );
        using var shop = await GitRepository.CreateAsync(name: "shop");
        shop.WithConventionScripts()
            .WithFile(
                "fpm.json",
                """{"version": "1.4", "description": "The shop", "vendor": "Acme", "config-files": ["etc/shop.ini"]}"""
            )
            .WithFile("etc/shop.ini", "open=yes\n")
            .WithScript("script/post-inst", "touch \"${DPKG_ROOT:-}/opt/shop/installed\"");
        var commit = await shop.CommitAsync();

        await server.PushAsync(shop, commit);

        var release = await server.ReleaseInAsync(commit, ReleaseStates.Completed);
        release.Version.ShouldNotBeNull().ShouldStartWith("1.4-");
        foreach (var host in (string[])["canary-1", "production-1", "production-2"])
        {
            (await server.InstalledAsync(host, "shop")).ShouldBe(release.Version);
            File.ReadAllText(Path.Combine(server.HostRoot(host), "opt/shop/etc/shop.ini")).ShouldBe("open=yes\n");
            File.Exists(Path.Combine(server.HostRoot(host), "usr/share/doc/shop/changelog.gz")).ShouldBeTrue();
            File.Exists(Path.Combine(server.HostRoot(host), "opt/shop/installed")).ShouldBeTrue();
        }

        var log = (await server.CanaryAsync("releases", "logs", "shop@latest", "--stage", "package")).Output;
        log.ShouldContain("FPM on this machine: fpm --input-type dir --output-type deb");
        (await server.CanaryAsync("doctor")).Output.ShouldContain("FPM 1.");
    }
}
