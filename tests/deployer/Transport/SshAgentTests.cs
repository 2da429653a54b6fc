using Canary.Deployer.Transport;
using Canary.Failures;
using Canary.Machines.Ssh;
using Canary.Testing;

namespace Canary.Deployer.Tests.Transport;

/// <summary>What hosts over SSH have beyond every host.</summary>
public sealed class SshAgentTests
{
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
    [InlineData("v3", "inspect", "shop")]
    [InlineData("v2", "inspect", "shop")]
    [InlineData("v2", "boundary", "inspect", "shop")]
    [InlineData("v2", "0123456789abcdef", "inspect")]
    [InlineData("v2", "0123456789abcdef", "inspect", "shop", "--admindir=/")]
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
    [InlineData("v1", "remove", "shop", "60", "everything")]
    [InlineData("v1", "remove", "shop", "60", "keep", "more")]
    [InlineData("v1", "health", "shop", "shop", "1.0", "60", "PATH=/tmp", "--", "true")]
    [InlineData("v1", "health", "shop", "shop", "1.0", "60")]
    [InlineData("v1", "units", "shop", "5", "required", "shop.service")]
    [InlineData("v2", "0123456789abcdef", "units", "shop", "5", "required")]
    [InlineData("v2", "0123456789abcdef", "units", "shop", "5", "maybe", "shop.service")]
    [InlineData("v2", "0123456789abcdef", "units", "shop", "5", "required", "shop.service; reboot")]
    [InlineData("v2", "0123456789abcdef", "units", "shop", "5", "required", "--root=/tmp")]
    public async Task Canary_apply_refuses_whatever_is_no_proper_request(params string[] request)
    {
        await using var host = await SshHost.StartAsync();

        (await host.ApplyAsync(request)).ExitCode.ShouldBe(64);

        Directory.Exists(host.PathOf("var/lib/canary-apply/private")).ShouldBeFalse();
    }

    /// <summary>The right that the deploy user has by sudo: whoever runs as it, a health command for example, can use it.</summary>
    [Theory]
    [InlineData("v1", "health", "shop", "shop", "1.0", "60", "--", "touch")]
    [InlineData("v2", "0123456789abcdef", "health", "shop", "shop", "1.0", "60", "--", "touch")]
    [InlineData("v2", "0123456789abcdef", "inspect", "shop")]
    public async Task As_root_canary_apply_changes_packages_and_runs_no_command(params string[] request)
    {
        await using var host = await SshHost.StartAsync();
        var mark = host.PathOf("mark");

        var answer = await host.ApplyAsRootAsync([
            .. request,
            .. request[^1] == "touch" ? [mark] : Array.Empty<string>(),
        ]);

        answer.ExitCode.ShouldBe(64);
        answer.Output.ShouldContain("does not run as root");
        File.Exists(mark).ShouldBeFalse();
    }

    [Fact]
    public async Task What_else_a_login_prints_is_not_taken_for_an_answer()
    {
        await using var host = await SshHost.StartAsync();
        await host.Repository.AddAsync("shop", "1.0");
        await host.InstallAsync("1.0");
        host.RunOnLogin(
            host.WriteProgram($"echo 'Welcome to web-7.'; printf 'no newline'; {host.Apply}; echo 'Goodbye.'")
        );

        (await host.InspectAsync()).Is("1.0").ShouldBeTrue();
    }

    [Fact]
    public async Task A_login_that_does_not_reach_canary_apply_is_told_with_what_it_prints()
    {
        await using var host = await SshHost.StartAsync();
        host.RunOnLogin(host.WriteProgram("echo 'This account is not available.'; exit 1"));

        var error = await Should.ThrowAsync<CanaryException>(host.InspectAsync());

        error.Code.ShouldBe("agent-unreadable");
        error.Message.ShouldBe(
            "canary-1 did not answer as canary-apply does (exit code 1); it said: This account is not available."
        );
    }

    [Theory]
    [InlineData("cat /dev/zero")]
    [InlineData("cat /dev/zero >&2")]
    public async Task A_host_that_talks_without_end_is_given_up(string flood)
    {
        await using var host = await SshHost.StartAsync();
        host.RunOnLogin(flood);

        var error = await Should.ThrowAsync<CanaryException>(host.InspectAsync());

        error.Code.ShouldBe("agent-unreadable");
        error.Message.ShouldContain("the answer is longer than 4194304 bytes");
    }

    [Theory]
    [InlineData("cat /dev/zero")]
    [InlineData("cat /dev/zero >&2")]
    [InlineData("cat /dev/zero & cat /dev/zero >&2")]
    public async Task No_more_is_taken_of_an_answer_than_it_may_be_long(string flood)
    {
        const int longest = 100_000;
        await using var host = await SshHost.StartAsync();
        host.RunOnLogin(flood);
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        await using var lease = await host.Connections.BorrowAsync(
            host.Host.ToSshTarget(),
            fresh: false,
            patience.Token
        );
        var taken = 0L;

        await Should.ThrowAsync<InvalidDataException>(
            new SshQuestion("canary-apply", new byte[100], longest).AskAsync(
                lease.Client,
                bytes => taken += bytes.Length,
                bytes => taken += bytes.Length,
                TimeProvider.System,
                patience.Token
            )
        );

        taken.ShouldBeInRange(1, longest);
    }

    [Fact]
    public async Task A_host_of_an_older_canary_is_told_with_what_to_run()
    {
        await using var host = await SshHost.StartAsync();
        host.RunOnLogin(
            host.WriteProgram(
                "echo 'canary-apply: that is no request, or one of a newer Canary: update canary-apply on this host'; exit 64"
            )
        );

        var error = await Should.ThrowAsync<CanaryException>(host.InspectAsync());

        error.Code.ShouldBe("agent-outdated");
        error.Remedy.ShouldBe(
            "Bring canary-1 to this version of Canary: upgrade its package canary-host, or run hosts/install.sh of this version there."
        );
    }

    [Fact]
    public async Task A_host_that_can_only_purge_is_told_with_what_to_run_and_purges_nothing()
    {
        await using var host = await SshHost.StartAsync();
        await host.Repository.AddAsync("shop", "1.0");
        await host.InstallAsync("1.0");
        host.RunOnLogin(host.WriteProgram(AsOlder(host)));
        await host.CutConnectionsAsync();

        foreach (
            var asked in new Func<Task>[]
            {
                () => host.Transport.CheckKeepsConfigurationAsync(host.Host, "shop", CancellationToken.None),
                () => host.RemoveAsync(removal: Removal.KeepConfiguration),
            }
        )
        {
            var error = await Should.ThrowAsync<CanaryException>(asked);
            error.Code.ShouldBe("agent-outdated");
            error.Message.ShouldStartWith(
                "canary-apply on canary-1 does not keep the configuration files of a package that it removes: "
            );
            error.Remedy.ShouldStartWith("Bring canary-1 to this version of Canary: upgrade its package canary-host");
        }

        (await host.InspectAsync()).Is("1.0").ShouldBeTrue();
        await host.RemoveAsync();
        (await host.InspectAsync()).Version.ShouldBeNull();
    }

    /// <summary>Takes what <c>canary-apply</c> has learned since out of it.</summary>
    private static string AsOlder(SshHost host)
    {
        var older = File.ReadAllText(SourceTree.PathOf("hosts", "canary-apply"))
            .Replace("  frame ability keep\n", "", StringComparison.Ordinal)
            .Replace("remove/[23])", "remove/2)", StringComparison.Ordinal);
        var path = host.PathOf("older-canary-apply");
        File.WriteAllText(path, older);
        File.SetUnixFileMode(path, FileModes.PrivateDirectory);
        return host.Apply.Replace(SourceTree.PathOf("hosts", "canary-apply"), path, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_older_canary_is_answered_in_its_own_form()
    {
        await using var host = await SshHost.StartAsync();
        await host.Repository.AddAsync("shop", "1.0");
        await host.Repository.AddAsync("shop", "2.0", "echo 'no database'; exit 3");

        (await host.ApplyAsync("v1", "inspect", "shop")).Output.ShouldBe("");
        (await host.ApplyAsync("v1", "install", "shop", "1.0", "60")).ExitCode.ShouldBe(0);
        (await host.ApplyAsync("v1", "inspect", "shop")).Output.ShouldBe("installed 1.0");
        var failed = await host.ApplyAsync("v1", "install", "shop", "2.0", "60");
        failed.ExitCode.ShouldBe(66);
        failed.Output.ShouldContain("no database");
        (await host.ApplyAsync("v1", "install", "shop", "3.0", "60")).ExitCode.ShouldBe(65);
        var unhealthy = await host.ApplyAsync("v1", "health", "shop", "shop", "2.0", "5", "--", "false");
        unhealthy.ExitCode.ShouldBe(67);
        unhealthy.Output.ShouldBe("'false' ended with exit code 1\n");
        (await host.ApplyAsync("v1", "remove", "shop", "60")).ExitCode.ShouldBe(0);
        (await host.ApplyAsync("v1", "inspect", "shop")).Output.ShouldBe("");
    }
}
