using Canary.Failures;
using Canary.Testing;

namespace Canary.Deployer.Tests.Transport;

/// <summary>Against a real sshd, with the real <c>canary-apply</c>, apt and dpkg behind it.</summary>
public sealed class SshTransportTests
{
    [Fact]
    public async Task A_host_goes_up_and_back_down_and_its_scripts_know_it()
    {
        await using var host = await SshHost.StartAsync();
        await host.Repository.AddAsync(
            "shop",
            "1.0",
            """echo "$CANARY_HOST $CANARY_ADDRESS $CANARY_CHANNEL $CANARY_VAR_PORT $1" > "$DPKG_ROOT/opt/shop/said" """
        );
        (await host.InspectAsync()).Version.ShouldBeNull();

        await host.InstallAsync("1.0");
        await host.InstallAsync("1.0");
        (await host.InspectAsync()).Is("1.0").ShouldBeTrue();
        host.Log("install").Count().ShouldBe(1);
        File.ReadAllText(Path.Combine(host.Root, "opt/shop/said"))
            .ShouldBe("canary-1 127.0.0.1 canary 81 01 configure\n");

        await host.Repository.AddAsync("shop", "2.0");
        await host.InstallAsync("2.0");
        await host.InstallAsync("1.0");
        (await host.InspectAsync()).Is("1.0").ShouldBeTrue();
    }

    [Fact]
    public async Task A_removed_package_leaves_nothing_behind()
    {
        await using var host = await SshHost.StartAsync();
        await host.Repository.AddAsync("shop", "1.0");
        await host.InstallAsync("1.0");

        await host.RemoveAsync();
        await host.RemoveAsync();

        (await host.InspectAsync()).Version.ShouldBeNull();
        Directory.Exists(Path.Combine(host.Root, "opt/shop")).ShouldBeFalse();
        Directory.GetFiles(Path.Combine(host.Root, "var/lib/canary-apply")).ShouldAllBe(file => file.EndsWith("/lock"));
    }

    [Fact]
    public async Task A_failing_script_is_an_error_with_its_own_words_and_the_host_can_go_back()
    {
        await using var host = await SshHost.StartAsync();
        await host.Repository.AddAsync("shop", "1.0");
        await host.InstallAsync("1.0");
        await host.Repository.AddAsync("shop", "2.0", "echo 'no database at db-1' >&2; exit 3");

        var error = await Should.ThrowAsync<CanaryException>(host.InstallAsync("2.0"));

        error.Code.ShouldBe("installation-failed");
        error.Message.ShouldContain("apt could not install shop 2.0 on canary-1");
        error.Message.ShouldContain("no database at db-1");
        (await host.InspectAsync()).ShouldSatisfyAllConditions(
            x => x.Version.ShouldBe("2.0"),
            x => x.IsComplete.ShouldBeFalse()
        );
        await host.InstallAsync("1.0");
        (await host.InspectAsync()).Is("1.0").ShouldBeTrue();
    }

    [Fact]
    public async Task Only_what_our_key_signed_and_our_suite_lists_is_installed()
    {
        await using var host = await SshHost.StartAsync();
        await host.Repository.AddAsync("shop", "1.0");
        await host.Repository.AddAsync("shop", "2.0");
        await host.Repository.WithdrawAsync("canary", "shop", "2.0");

        var unlisted = await Should.ThrowAsync<CanaryException>(host.InstallAsync("2.0"));
        unlisted.Code.ShouldBe("repository-refused");
        unlisted.Message.ShouldContain("does not list shop 2.0");

        host.Repository.Tamper("shop", "1.0");
        var tampered = await Should.ThrowAsync<CanaryException>(host.InstallAsync("1.0"));
        tampered.Message.ShouldContain("Hash Sum mismatch");

        await host.Repository.SignAsStrangerAsync();
        var strange = await Should.ThrowAsync<CanaryException>(host.InstallAsync("1.0"));
        strange.Code.ShouldBe("repository-refused");
        strange.Message.ShouldContain("NO_PUBKEY");
        (await host.InspectAsync()).Version.ShouldBeNull();
    }

    [Theory]
    [InlineData("Release")]
    [InlineData(".deb")]
    public async Task A_repository_that_is_away_is_told_from_one_that_is_refused(string file)
    {
        await using var host = await SshHost.StartAsync();
        await host.Repository.AddAsync("shop", "1.0");
        host.Repository.Unavailable = file;

        var away = await Should.ThrowAsync<CanaryException>(host.InstallAsync("1.0"));

        away.Code.ShouldBe("repository-away");
        away.Message.ShouldContain("503");
    }

    [Fact]
    public async Task A_package_that_did_not_come_through_us_is_not_removed()
    {
        await using var host = await SshHost.StartAsync();
        await host.Repository.AddAsync("shop", "1.0");
        await host.InstallAsync("1.0");
        File.Delete(Path.Combine(host.Root, "var/lib/canary-apply/shop.package"));

        var error = await Should.ThrowAsync<CanaryException>(host.RemoveAsync());

        error.Message.ShouldContain("did not come through Canary");
        (await host.InspectAsync()).Version.ShouldBe("1.0");
    }

    [Fact]
    public async Task An_installation_goes_on_when_the_connection_breaks()
    {
        await using var host = await SshHost.StartAsync();
        await host.Repository.AddAsync(
            "shop",
            "1.0",
            """
            touch "$DPKG_ROOT/opt/shop/started"
            until [ -e "$DPKG_ROOT/opt/shop/go-on" ]; do sleep 0.05; done
            echo done
            """
        );
        var application = Path.Combine(host.Root, "opt/shop");

        var installation = host.InstallAsync("1.0");
        await Eventually.TrueAsync(() => File.Exists(Path.Combine(application, "started")));
        await host.CutConnectionsAsync();
        await File.WriteAllTextAsync(Path.Combine(application, "go-on"), "");
        await installation;

        (await host.InspectAsync()).Is("1.0").ShouldBeTrue();
        host.Log("install").Count().ShouldBe(1);
    }

    [Fact]
    public async Task A_service_that_a_script_starts_and_leaves_does_not_hold_up_the_next_installation()
    {
        await using var host = await SshHost.StartAsync();
        const string start = """sleep 1000 & echo $! >> "$DPKG_ROOT/var/pids" """;
        await host.Repository.AddAsync("shop", "1.0", start);
        await host.Repository.AddAsync("shop", "2.0", start);

        await host.InstallAsync("1.0");
        await host.InstallAsync("2.0");

        (await host.InspectAsync()).Is("2.0").ShouldBeTrue();
        var services = File.ReadAllLines(Path.Combine(host.Root, "var/pids"));
        services.Length.ShouldBe(2);
        await ProcessRunner.OutputOfAsync("kill", services);
    }

    [Fact]
    public async Task A_connection_that_died_while_nobody_used_it_is_replaced()
    {
        await using var host = await SshHost.StartAsync();
        await host.InspectAsync();

        await host.CutConnectionsAsync();

        (await host.InspectAsync()).Version.ShouldBeNull();
    }

    [Fact]
    public async Task A_health_check_runs_in_the_applications_directory_without_a_shell()
    {
        await using var host = await SshHost.StartAsync();
        await host.Repository.AddAsync(
            "shop",
            "1.0",
            check: """
            test "$(cat VERSION)" = "$CANARY_VERSION" || exit 2
            test "$1" = '$(reboot); *' || exit 3
            echo "port $CANARY_VAR_PORT is closed"
            exit 7
            """
        );
        await host.InstallAsync("1.0");

        (await host.CheckAsync("bin/check", "$(reboot); *")).ShouldBe(
            "'bin/check' ended with exit code 7: port 81 01 is closed"
        );
        (await host.CheckAsync("true")).ShouldBeNull();
        (await host.CheckAsync("bin/none")).ShouldBe($"there is no 'bin/none' in {host.Root}/opt/shop");
        (await host.CheckAsync(TimeSpan.FromMilliseconds(200), "sleep", "1000")).ShouldBe(
            "'sleep' took longer than 1 s"
        );
    }

    [Fact]
    public async Task A_host_that_is_down_is_unreachable()
    {
        await using var host = await SshHost.StartAsync();
        await host.InspectAsync();
        await host.StopSshdAsync();

        var error = await Should.ThrowAsync<CanaryException>(host.InspectAsync());

        error.Code.ShouldBe("host-unreachable");
        error.Message.ShouldContain($"127.0.0.1, port {host.Port}");
    }

    [Fact]
    public async Task A_host_that_does_not_know_the_deployer_is_named_with_the_key_that_it_needs()
    {
        await using var host = await SshHost.StartAsync();
        host.LetNobodyIn();

        var error = await Should.ThrowAsync<CanaryException>(host.InspectAsync());

        error.Code.ShouldBe("host-login-refused");
        error.Remedy.ShouldNotBeNull().ShouldContain(host.DeployKeyFile + ".pub");
    }

    [Theory]
    [InlineData("v2", "inspect", "shop")]
    [InlineData("v1", "reboot")]
    [InlineData("v1", "inspect", "shop; reboot")]
    [InlineData("v1", "inspect", "--admindir=/")]
    [InlineData("v1", "install", "shop")]
    [InlineData("v1", "install", "-oDir=/", "1.0", "60")]
    [InlineData("v1", "install", "shop", "1.0 evil", "60")]
    [InlineData("v1", "install", "shop", "1.0", "for ever")]
    [InlineData("v1", "install", "shop", "1.0", "60", "LD_PRELOAD=/tmp/evil.so")]
    [InlineData("v1", "install", "shop", "1.0", "60", "CANARY_VAR_A[$(reboot)]=1")]
    [InlineData("v1", "remove", "../shop", "60")]
    [InlineData("v1", "health", "shop", "shop", "1.0", "60", "PATH=/tmp", "--", "true")]
    [InlineData("v1", "health", "shop", "shop", "1.0", "60")]
    public async Task Canary_apply_refuses_whatever_is_no_proper_request(params string[] request)
    {
        await using var host = await SshHost.StartAsync();

        (await host.ApplyAsync(request)).ExitCode.ShouldBe(64);

        Directory.Exists(Path.Combine(host.Root, "var/lib/canary-apply")).ShouldBeFalse();
    }
}
