using Canary.Contracts.Deploying;
using Canary.Failures;
using Canary.Testing;

namespace Canary.Deployer.Tests.Transport;

public sealed class LocalTransportTests
{
    [Fact]
    public async Task A_package_is_really_installed_and_its_script_knows_its_host()
    {
        await using var hosts = await LocalHosts.StartAsync();
        await hosts.Repository.AddAsync(
            "shop",
            "1.0-1",
            """echo "$DPKG_ROOT $CANARY_HOST $CANARY_ADDRESS $CANARY_CHANNEL $CANARY_VAR_PORT $1 $2" > "$DPKG_ROOT/opt/shop/said" """
        );

        (await hosts.InspectAsync()).Version.ShouldBeNull();
        await hosts.InstallAsync("1.0-1");

        (await hosts.InspectAsync()).ShouldSatisfyAllConditions(
            x => x.Version.ShouldBe("1.0-1"),
            x => x.IsComplete.ShouldBeTrue()
        );
        File.ReadAllText(Path.Combine(hosts.Root, "opt/shop/VERSION")).ShouldBe("1.0-1\n");
        File.ReadAllText(Path.Combine(hosts.Root, "opt/shop/said"))
            .Trim()
            .ShouldBe($"{hosts.Root} canary-1 127.0.0.1 canary 8101 configure");
    }

    [Fact]
    public async Task A_version_that_is_there_is_not_installed_again()
    {
        await using var hosts = await LocalHosts.StartAsync();
        await hosts.Repository.AddAsync("shop", "1.0");

        await hosts.InstallAsync("1.0");
        await hosts.InstallAsync("1.0");

        hosts.Log("install").Count().ShouldBe(1);
        hosts.Log("configure").Count().ShouldBe(1);
    }

    [Fact]
    public async Task What_is_installed_stays_recorded_while_others_look_at_the_host()
    {
        await using var hosts = await LocalHosts.StartAsync();
        string[] packages = ["shop", "blog", "search", "mail", "wiki"];
        foreach (var package in packages)
        {
            await hosts.Repository.AddAsync(package, "1.0");
        }

        using var done = new CancellationTokenSource();
        var looking = Enumerable.Range(0, 4).Select(_ => Task.Run(LookAsync)).ToList();
        foreach (var package in packages)
        {
            await hosts.InstallAsync("1.0", package);
            foreach (var installed in packages.TakeWhile(it => it != package).Append(package))
            {
                (await hosts.InspectAsync(installed)).Version.ShouldBe("1.0", installed);
            }
        }

        await done.CancelAsync();
        await Task.WhenAll(looking);

        async Task LookAsync()
        {
            while (!done.IsCancellationRequested)
            {
                await hosts.InspectAsync();
            }
        }
    }

    [Fact]
    public async Task A_host_goes_up_and_back_down()
    {
        await using var hosts = await LocalHosts.StartAsync();
        await hosts.Repository.AddAsync("shop", "1.0");
        await hosts.InstallAsync("1.0");
        await hosts.Repository.AddAsync("shop", "2.0");
        await hosts.InstallAsync("2.0");
        (await hosts.InspectAsync()).Version.ShouldBe("2.0");

        await hosts.Repository.WithdrawAsync("canary", "shop", "2.0");
        await hosts.InstallAsync("1.0");

        (await hosts.InspectAsync()).Version.ShouldBe("1.0");
        File.ReadAllText(Path.Combine(hosts.Root, "opt/shop/VERSION")).ShouldBe("1.0\n");
    }

    [Fact]
    public async Task A_removed_package_leaves_nothing_behind()
    {
        await using var hosts = await LocalHosts.StartAsync();
        await hosts.Repository.AddAsync("shop", "1.0");
        await hosts.InstallAsync("1.0");

        await hosts.RemoveAsync();
        await hosts.RemoveAsync();

        (await hosts.InspectAsync()).Version.ShouldBeNull();
        Directory.Exists(Path.Combine(hosts.Root, "opt/shop")).ShouldBeFalse();
    }

    [Fact]
    public async Task A_failing_script_is_an_error_with_its_own_words_and_the_host_can_go_back()
    {
        await using var hosts = await LocalHosts.StartAsync();
        await hosts.Repository.AddAsync("shop", "1.0");
        await hosts.InstallAsync("1.0");
        await hosts.Repository.AddAsync("shop", "2.0", "echo 'no database at db-1' >&2; exit 3");

        var error = await Should.ThrowAsync<CanaryException>(hosts.InstallAsync("2.0"));

        error.Code.ShouldBe("installation-failed");
        error.Message.ShouldContain("apt could not install shop 2.0 on canary-1");
        error.Message.ShouldContain("no database at db-1");
        error.Message.ShouldContain("exit status 3");
        (await hosts.InspectAsync()).ShouldSatisfyAllConditions(
            x => x.Version.ShouldBe("2.0"),
            x => x.IsComplete.ShouldBeFalse()
        );

        await hosts.InstallAsync("1.0");
        (await hosts.InspectAsync()).Is("1.0").ShouldBeTrue();
    }

    [Fact]
    public async Task A_first_installation_that_failed_can_be_removed()
    {
        await using var hosts = await LocalHosts.StartAsync();
        await hosts.Repository.AddAsync("shop", "1.0", "exit 1");
        await Should.ThrowAsync<CanaryException>(hosts.InstallAsync("1.0"));

        await hosts.RemoveAsync();

        (await hosts.InspectAsync()).Version.ShouldBeNull();
    }

    [Fact]
    public async Task Another_broken_package_does_not_spoil_an_installation()
    {
        await using var hosts = await LocalHosts.StartAsync();
        await hosts.Repository.AddAsync("blog", "1.0", "exit 1");
        await hosts.Repository.AddAsync("shop", "1.0");
        await Should.ThrowAsync<CanaryException>(hosts.InstallAsync("1.0", "blog"));

        await hosts.InstallAsync("1.0");

        (await hosts.InspectAsync()).Is("1.0").ShouldBeTrue();
    }

    [Fact]
    public async Task Dependencies_on_packages_of_this_machine_hold()
    {
        await using var hosts = await LocalHosts.StartAsync();
        await hosts.Repository.AddAsync("shop", "1.0", depends: "dpkg (>= 1.15), libc6, awk, base-files");

        await hosts.InstallAsync("1.0");

        (await hosts.InspectAsync()).Is("1.0").ShouldBeTrue();
        Directory.Exists(Path.Combine(hosts.Root, "usr")).ShouldBeFalse();
    }

    [Fact]
    public async Task A_dependency_that_nothing_satisfies_is_named()
    {
        await using var hosts = await LocalHosts.StartAsync();
        await hosts.Repository.AddAsync("shop", "1.0", depends: "perpetual-motion (>= 2)");

        var error = await Should.ThrowAsync<CanaryException>(hosts.InstallAsync("1.0"));

        error.Message.ShouldContain("perpetual-motion");
    }

    [Fact]
    public async Task Without_the_machines_packages_a_root_stands_alone()
    {
        await using var hosts = await LocalHosts.StartAsync(
            new DeployerOptions { Local = new LocalTransportOptions { MachinePackages = false } }
        );
        await hosts.Repository.AddAsync("shop", "1.0", depends: "dpkg");

        (await Should.ThrowAsync<CanaryException>(hosts.InstallAsync("1.0"))).Message.ShouldContain("Depends: dpkg");
    }

    [Fact]
    public async Task A_repository_without_a_signature_is_refused()
    {
        await using var hosts = await LocalHosts.StartAsync();
        await hosts.Repository.AddAsync("shop", "1.0");
        hosts.Repository.Unsign();

        var error = await Should.ThrowAsync<CanaryException>(hosts.InstallAsync("1.0"));

        error.Code.ShouldBe("repository-refused");
        (await hosts.InspectAsync()).Version.ShouldBeNull();
    }

    [Fact]
    public async Task A_repository_signed_by_a_stranger_is_refused()
    {
        await using var hosts = await LocalHosts.StartAsync();
        await hosts.Repository.AddAsync("shop", "1.0");
        await hosts.InstallAsync("1.0");
        await hosts.Repository.AddAsync("shop", "2.0");
        await hosts.Repository.SignAsStrangerAsync();

        var error = await Should.ThrowAsync<CanaryException>(hosts.InstallAsync("2.0"));

        error.Code.ShouldBe("repository-refused");
        error.Message.ShouldContain("NO_PUBKEY");
        (await hosts.InspectAsync()).Version.ShouldBe("1.0");
    }

    [Fact]
    public async Task A_package_that_was_tampered_with_is_refused()
    {
        await using var hosts = await LocalHosts.StartAsync();
        await hosts.Repository.AddAsync("shop", "1.0");
        hosts.Repository.Tamper("shop", "1.0");

        var error = await Should.ThrowAsync<CanaryException>(hosts.InstallAsync("1.0"));

        error.Message.ShouldContain("Hash Sum mismatch");
        (await hosts.InspectAsync()).Version.ShouldBeNull();
    }

    [Fact]
    public async Task A_version_that_the_suite_does_not_list_is_not_installed()
    {
        await using var hosts = await LocalHosts.StartAsync();
        await hosts.Repository.AddAsync("shop", "1.0");
        await hosts.Repository.WithdrawAsync("canary", "shop", "1.0");

        (await Should.ThrowAsync<CanaryException>(hosts.InstallAsync("1.0"))).Code.ShouldBe("installation-failed");
    }

    [Fact]
    public async Task A_repository_that_is_down_is_an_error_that_names_it()
    {
        await using var hosts = await LocalHosts.StartAsync();
        await hosts.Repository.AddAsync("shop", "1.0");
        await hosts.InspectAsync();
        var address = hosts.Repository.Address;
        await hosts.Repository.StopServingAsync();

        var error = await Should.ThrowAsync<CanaryException>(hosts.InstallAsync("1.0"));

        error.Code.ShouldBe("repository-away");
        error.Message.ShouldContain(address.Authority);
    }

    [Theory]
    [InlineData("Release")]
    [InlineData(".deb")]
    public async Task A_repository_that_is_away_behind_a_proxy_is_told_from_one_that_is_refused(string file)
    {
        await using var hosts = await LocalHosts.StartAsync();
        await hosts.Repository.AddAsync("shop", "1.0");
        hosts.Repository.Unavailable = file;

        (await Should.ThrowAsync<CanaryException>(hosts.InstallAsync("1.0"))).Code.ShouldBe("repository-away");

        hosts.Repository.Unavailable = null;
        await hosts.InstallAsync("1.0");
    }

    [Fact]
    public async Task A_script_that_reaches_nobody_does_not_make_a_repository_that_is_away()
    {
        await using var hosts = await LocalHosts.StartAsync();
        await hosts.Repository.AddAsync(
            "shop",
            "1.0",
            postinst: "echo 'Could not connect to db-1 (111: Connection refused)'; exit 1"
        );

        (await Should.ThrowAsync<CanaryException>(hosts.InstallAsync("1.0"))).Code.ShouldBe("installation-failed");
    }

    [Fact]
    public async Task A_killed_dpkg_is_finished_before_the_next_installation()
    {
        await using var hosts = await LocalHosts.StartAsync();
        await hosts.Repository.AddAsync("shop", "1.0");
        await hosts.InstallAsync("1.0");
        // What dpkg leaves when it is killed between two records: its journal.
        var status = await File.ReadAllTextAsync(Path.Combine(hosts.Root, "var/lib/dpkg/status"));
        var record = status.Split("\n\n").Single(paragraph => paragraph.StartsWith("Package: shop\n"));
        await File.WriteAllTextAsync(
            Path.Combine(hosts.Root, "var/lib/dpkg/updates/0000"),
            record.Replace("install ok installed", "install ok unpacked") + "\n"
        );
        await hosts.Repository.AddAsync("shop", "2.0");

        await hosts.InstallAsync("2.0");

        (await hosts.InspectAsync()).Is("2.0").ShouldBeTrue();
    }

    [Fact]
    public async Task A_lock_that_an_orphan_holds_is_waited_for()
    {
        await using var hosts = await LocalHosts.StartAsync();
        await hosts.Repository.AddAsync("shop", "1.0");
        await hosts.InspectAsync();
        var path = Path.Combine(hosts.Root, "var/lib/apt/lists/lock");
        var holder = ProcessRunner.RunAsync(
            "perl",
            [
                "-MFcntl",
                "-e",
                """
                open my $f, '>', $ARGV[0] or die;
                fcntl $f, F_SETLK, pack('s s l! l! i', F_WRLCK, SEEK_SET, 0, 0, 0) or die "no lock: $!";
                open my $r, '>', "$ARGV[0].held"; close $r;
                select undef, undef, undef, 0.02 until -e "$ARGV[0].release";
                """,
                path,
            ]
        );
        await Eventually.TrueAsync(() => File.Exists(path + ".held"));

        var installation = hosts.InstallAsync("1.0");
        await Task.WhenAny(installation, Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System));
        installation.IsCompleted.ShouldBeFalse();
        await File.WriteAllTextAsync(path + ".release", "");
        await installation;

        (await hosts.InspectAsync()).Is("1.0").ShouldBeTrue();
        (await holder).EnsureSuccess();
    }

    [Fact]
    public async Task Hosts_are_worked_on_side_by_side()
    {
        await using var hosts = await LocalHosts.StartAsync();
        await hosts.Repository.AddAsync("shop", "1.0");
        var fleet = Enumerable
            .Range(1, 4)
            .Select(i => hosts.Host with { Name = $"web-{i}", Channel = Channel.Production })
            .ToList();

        await Task.WhenAll(
            fleet.Select(host => hosts.Transport.InstallAsync(host, "shop", "1.0", CancellationToken.None))
        );

        foreach (var host in fleet)
        {
            File.Exists(Path.Combine(hosts.RootOf(host), "opt/shop/VERSION")).ShouldBeTrue();
        }
    }

    [Theory]
    [InlineData("shop; reboot", "1.0")]
    [InlineData("-oDir=/", "1.0")]
    [InlineData("../shop", "1.0")]
    [InlineData("shop", "1.0 --allow-unauthenticated")]
    [InlineData("shop", "$(reboot)")]
    [InlineData("shop\n", "1.0")]
    public async Task Names_that_are_none_never_reach_apt(string package, string version)
    {
        await using var hosts = await LocalHosts.StartAsync();

        (
            await Should.ThrowAsync<CanaryException>(
                hosts.Transport.InstallAsync(hosts.Host, package, version, CancellationToken.None)
            )
        ).Code.ShouldBe("package-invalid");
    }

    [Fact]
    public async Task A_health_check_runs_in_the_applications_directory_without_a_shell()
    {
        await using var hosts = await LocalHosts.StartAsync();
        await hosts.Repository.AddAsync(
            "shop",
            "1.0",
            check: """
            test "$(cat VERSION)" = "$CANARY_VERSION" || exit 2
            test "$1" = '$(reboot); *' || exit 3
            echo "port $CANARY_VAR_PORT is closed"
            exit 7
            """
        );
        await hosts.InstallAsync("1.0");

        (await hosts.CheckAsync("bin/check", "$(reboot); *")).ShouldBe(
            "'bin/check' ended with exit code 7: port 8101 is closed"
        );
        (await hosts.CheckAsync("true")).ShouldBeNull();
        (await hosts.CheckAsync("bin/none")).ShouldBe($"there is no 'bin/none' in {hosts.Root}/opt/shop");
        (await hosts.CheckAsync("../../../../../../../../usr/bin/true")).ShouldEndWith("is outside of the host");
    }
}
