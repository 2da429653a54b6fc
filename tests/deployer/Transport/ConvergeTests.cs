using Canary.Deployer.Transport;

namespace Canary.Deployer.Tests.Transport;

/// <summary>What a host does by itself, with real apt and dpkg: <c>canary-apply --converge</c>.</summary>
public sealed class ConvergeTests
{
    [Fact]
    public async Task What_the_deployer_has_brought_is_left_to_it_until_the_next_time()
    {
        await using var host = await StartAsync("production");
        await host.Repository.AddAsync("shop", "1.0");
        await host.InstallAsync("1.0");
        await host.Repository.AddAsync("shop", "2.0", postinst: "echo \"$CANARY_VAR_PORT\" >\"$DPKG_ROOT/port\"");

        (await host.ConvergeAsync()).EnsureSuccess().Text.ShouldContain("the deployer has until the next time");
        (await host.InspectAsync()).Version.ShouldBe("1.0");

        (await host.ConvergeAsync()).EnsureSuccess();
        (await host.InspectAsync()).Version.ShouldBe("2.0");
        File.ReadAllText(host.PathOf("port")).ShouldBe("81 01\n", "Scripts know their host as with the deployer.");
    }

    [Fact]
    public async Task A_version_that_is_for_nobody_yet_is_not_taken_whatever_apt_is_told()
    {
        await using var host = await StartAsync("production");
        await host.Repository.AddAsync("shop", "1.0");
        await host.InstallAsync("1.0");
        await host.Repository.AddAsync("shop", "2.0");
        await host.Repository.PhaseAsync("shop", "2.0", 0);
        await File.AppendAllTextAsync(
            host.PathOf("etc/apt/apt.conf"),
            "APT::Get::Always-Include-Phased-Updates \"true\";\n",
            TestContext.Current.CancellationToken
        );

        await ConvergeTwiceAsync(host);

        (await host.InspectAsync()).Version.ShouldBe("1.0");
    }

    [Fact]
    public async Task What_another_package_took_the_place_of_does_not_come_back()
    {
        await using var host = await StartAsync("production");
        await host.Repository.AddAsync("shop", "1.0");
        await host.InstallAsync("1.0");
        await host.Repository.AddAsync("shop-web", "1.0", relation: "Conflicts: shop\nReplaces: shop");
        await host.InstallAsync("1.0", "shop-web");

        await ConvergeTwiceAsync(host);

        (await host.InspectAsync("shop-web")).Version.ShouldBe("1.0");
        (await host.InspectAsync()).Version.ShouldBeNull();
        File.Exists(host.PathOf("var/lib/canary-apply/shop.package")).ShouldBeFalse();
    }

    [Fact]
    public async Task What_was_removed_for_another_name_keeps_its_configuration_and_does_not_come_back()
    {
        await using var host = await StartAsync("production");
        await host.Repository.AddAsync("shop", "1.0", conffile: "PASSWORD=none\n");
        await host.Repository.AddAsync("shop-web", "1.0");
        await host.InstallAsync("1.0");
        await host.InstallAsync("1.0", "shop-web");
        await host.RemoveAsync(removal: Removal.KeepConfiguration);
        await host.Repository.AddAsync("shop", "2.0");
        await host.Repository.AddAsync("shop-web", "2.0");

        await ConvergeTwiceAsync(host);

        (await host.InspectAsync("shop-web")).Version.ShouldBe("2.0");
        (await host.InspectAsync()).Version.ShouldBeNull();
        File.Exists(host.PathOf("etc/default/shop")).ShouldBeTrue();
    }

    [Fact]
    public async Task A_package_that_the_host_is_to_have_comes_as_it_is_for_all()
    {
        await using var host = await StartAsync("production");
        await host.Repository.AddAsync("shop", "1.0");
        await host.Repository.AddAsync("shop", "2.0");
        await host.Repository.PhaseAsync("shop", "2.0", 0);
        Directory.CreateDirectory(host.PathOf("var/lib/canary-apply"));
        foreach (var mark in (string[])["package", "wanted"])
        {
            await File.WriteAllTextAsync(
                host.PathOf($"var/lib/canary-apply/shop.{mark}"),
                "shop\n",
                TestContext.Current.CancellationToken
            );
        }

        (await host.ConvergeAsync()).EnsureSuccess();

        (await host.InspectAsync()).Version.ShouldBe("1.0");
    }

    [Fact]
    public async Task A_canary_goes_back_by_itself_and_never_forward()
    {
        await using var host = await StartAsync("canary");
        await host.Repository.AddAsync("shop", "1.0");
        await host.Repository.AddAsync("shop", "2.0");
        await host.InstallAsync("2.0");
        await host.Repository.WithdrawAsync("canary", "shop", "2.0");
        await ConvergeTwiceAsync(host);
        (await host.InspectAsync()).Version.ShouldBe("1.0");

        await host.Repository.AddAsync("shop", "3.0");
        await ConvergeTwiceAsync(host);
        (await host.InspectAsync()).Version.ShouldBe("1.0");
    }

    [Fact]
    public async Task An_apt_that_cannot_say_what_it_would_do_is_told()
    {
        await using var host = await StartAsync("production");
        await host.Repository.AddAsync("shop", "1.0");
        await host.InstallAsync("1.0");
        await File.AppendAllTextAsync(
            host.PathOf("var/lib/dpkg/status"),
            """

            Package: broken
            Status: install ok installed
            Version: 1
            Architecture: all
            Maintainer: Ada <ada@example.org>
            Depends: nothing-of-this-name
            Description: needs what is not there


            """,
            TestContext.Current.CancellationToken
        );

        var result = await host.ConvergeAsync();

        result.ExitCode.ShouldBe(66);
        result.Text.ShouldContain("nothing-of-this-name");
    }

    private static async Task<SshHost> StartAsync(string suite)
    {
        var host = await SshHost.StartAsync();
        var sources = host.PathOf("etc/apt/sources.list.d/canary.sources");
        await File.WriteAllTextAsync(
            sources,
            (await File.ReadAllTextAsync(sources)).Replace(
                "Suites: canary",
                $"Suites: {suite}",
                StringComparison.Ordinal
            )
        );
        return host;
    }

    /// <summary>The deployer's time has passed then.</summary>
    private static async Task ConvergeTwiceAsync(SshHost host)
    {
        (await host.ConvergeAsync()).EnsureSuccess();
        (await host.ConvergeAsync()).EnsureSuccess();
    }
}
