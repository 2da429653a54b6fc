using Canary.Deployer.Transport;
using Canary.Failures;
using Canary.Testing;

namespace Canary.Deployer.Tests.Transport;

/// <summary>What holds on every host, whichever channel leads to it: with the real <c>canary-apply</c>, apt and dpkg.</summary>
public abstract class HostAgentConformance
{
    private protected abstract Task<AgentHost> StartAsync(DeployerOptions options);

    private protected Task<AgentHost> StartAsync() => StartAsync(new DeployerOptions());

    [Fact]
    public async Task A_host_goes_up_and_back_down_and_its_scripts_know_it()
    {
        await using var host = await StartAsync();
        await host.Repository.AddAsync(
            "shop",
            "1.0-1",
            """echo "$CANARY_HOST $CANARY_ADDRESS $CANARY_CHANNEL $CANARY_VAR_PORT $1 <$LANGUAGE$LC_MESSAGES>" > "$DPKG_ROOT/opt/shop/said" """
        );
        (await host.InspectAsync()).Version.ShouldBeNull();

        await host.InstallAsync("1.0-1");

        (await host.InspectAsync()).ShouldSatisfyAllConditions(
            x => x.Version.ShouldBe("1.0-1"),
            x => x.IsComplete.ShouldBeTrue()
        );
        File.ReadAllText(host.PathOf("opt/shop/said")).ShouldBe("canary-1 127.0.0.1 canary 81 01 configure <>\n");

        await host.Repository.AddAsync("shop", "2.0");
        await host.InstallAsync("2.0");
        File.ReadAllText(host.PathOf("opt/shop/VERSION")).ShouldBe("2.0\n");
        await host.Repository.WithdrawAsync("canary", "shop", "2.0");
        await host.InstallAsync("1.0-1");

        (await host.InspectAsync()).Is("1.0-1").ShouldBeTrue();
        File.ReadAllText(host.PathOf("opt/shop/VERSION")).ShouldBe("1.0-1\n");
    }

    [Fact]
    public async Task Plain_apt_follows_the_repository_for_what_came_through_it_and_for_nothing_else()
    {
        await using var host = await StartAsync();
        await host.Repository.AddAsync("shop", "1.0");
        await host.Repository.AddAsync("shop", "2.0");
        await host.Repository.AddAsync("g++-tool", "9.0");
        await host.InstallAsync("2.0");

        (await AptAsync(host, "apt-cache", "policy", "shop")).ShouldMatch(@"2\.0 1001\b");
        (await AptAsync(host, "apt-cache", "policy", "g++-tool")).ShouldMatch(@"9\.0 99\b");

        await host.Repository.WithdrawAsync("canary", "shop", "2.0");
        await AptAsync(host, "apt-get", "update");
        await AptAsync(host, "apt-get", "-y", "--allow-downgrades", "upgrade");
        (await host.InspectAsync()).Is("1.0").ShouldBeTrue();

        await host.InstallAsync("9.0", "g++-tool");
        (await AptAsync(host, "apt-cache", "policy", "g++-tool")).ShouldMatch(@"9\.0 1001\b");
        await host.RemoveAsync("g++-tool");
        (await AptAsync(host, "apt-cache", "policy", "g++-tool")).ShouldMatch(@"9\.0 99\b");
        (await AptAsync(host, "apt-cache", "policy", "shop")).ShouldMatch(@"1\.0 1001\b");
    }

    [Fact]
    public async Task A_version_that_is_there_is_not_installed_again()
    {
        await using var host = await StartAsync();
        await host.Repository.AddAsync("shop", "1.0");

        await host.InstallAsync("1.0");
        await host.InstallAsync("1.0");

        host.Log("install").Count().ShouldBe(1);
        host.Log("configure").Count().ShouldBe(1);
    }

    [Fact]
    public async Task Several_packages_are_inspected_in_one_question()
    {
        await using var host = await StartAsync();
        await host.Repository.AddAsync("shop", "1.0");
        await host.Repository.AddAsync("blog", "2.0", "exit 1");
        await host.InstallAsync("1.0");
        await Should.ThrowAsync<CanaryException>(host.InstallAsync("2.0", "blog"));

        var found = await host.Transport.InspectAsync(host.Host, ["shop", "blog", "wiki"], CancellationToken.None);

        found["shop"].Is("1.0").ShouldBeTrue();
        found["blog"].ShouldSatisfyAllConditions(x => x.Version.ShouldBe("2.0"), x => x.IsComplete.ShouldBeFalse());
        found["wiki"].Version.ShouldBeNull();
    }

    [Fact]
    public async Task A_package_whose_successor_failed_is_not_there_and_comes_back()
    {
        await using var host = await StartAsync();
        await host.Repository.AddAsync("shop", "1.0");
        await host.Repository.AddAsync("shop-web", "2.0", "exit 1", relation: "Conflicts: shop");
        await host.InstallAsync("1.0");

        await Should.ThrowAsync<CanaryException>(host.InstallAsync("2.0", "shop-web"));

        // dpkg still knows its name, by what conflicts with it.
        (await host.InspectAsync()).ShouldBe(InstalledPackage.None);
        await host.InstallAsync("1.0");
        (await host.InspectAsync()).Is("1.0").ShouldBeTrue();
        (await host.Transport.InspectAsync(host.Host, "shop-web", CancellationToken.None)).Version.ShouldBeNull();
    }

    [Fact]
    public async Task A_hook_runs_from_the_package_before_it_is_installed_and_once_for_a_release()
    {
        await using var host = await StartAsync();
        await host.Repository.AddAsync(
            "shop",
            "2.0",
            preDeploy: """
            echo ran >> "$DPKG_ROOT/tmp/count"
            echo "$CANARY_RELEASE $CANARY_APPLICATION $CANARY_VERSION $CANARY_PREVIOUS_VERSION $CANARY_HOST <$SUDO_USER>"
            cat VERSION
            touch "$TMPDIR/scratch"
            """
        );
        var release = Guid.NewGuid();

        var outcome = await host.HookAsync(release);
        var again = await host.HookAsync(release);
        var other = await host.HookAsync(Guid.NewGuid());

        outcome.ShouldSatisfyAllConditions(
            x => x.Standing.ShouldBe(HookStanding.Succeeded, x.Text),
            x => again.ShouldBe(x),
            x => other.Standing.ShouldBe(HookStanding.Succeeded)
        );
        File.ReadAllText(host.HookRecord(release, "log")).ShouldBe($"{release} shop 2.0 1.0 canary-1 <>\n2.0\n");
        File.ReadAllLines(CountOf(host)).Length.ShouldBe(2);
        (await host.InspectAsync()).Version.ShouldBeNull();
        Directory.GetDirectories(host.PathOf("var/lib/canary-hooks")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_hook_that_fails_or_hangs_is_told_with_its_words_and_not_run_again()
    {
        await using var host = await StartAsync();
        await host.Repository.AddAsync("shop", "2.0", preDeploy: "echo 'no database at db-1' >&2; exit 3");
        await host.Repository.AddAsync("shop", "3.0", preDeploy: "echo waits; sleep 1000 & sleep 1000");
        var (failing, hanging) = (Guid.NewGuid(), Guid.NewGuid());

        var failed = await host.HookAsync(failing);
        var ended = await host.HookAsync(hanging, "3.0", TimeSpan.FromSeconds(1));

        failed.ShouldSatisfyAllConditions(
            x => x.Standing.ShouldBe(HookStanding.Failed),
            x => x.Text.ShouldBe("ended with exit code 3:\nno database at db-1"),
            x => x.Offset.ShouldBe(20)
        );
        (await host.HookAsync(failing)).Standing.ShouldBe(HookStanding.Failed);
        ended.Standing.ShouldBe(HookStanding.Failed);
        ended.Text.ShouldBe("took longer than 1 s and was ended:\nwaits");
    }

    /// <summary>What it leaves keeps its output open, and ends with the file.</summary>
    private const string LeavesDaemon = """
        touch "$DPKG_ROOT/tmp/stay"
        setsid sh -c 'while [ -e "$DPKG_ROOT/tmp/stay" ]; do sleep 0.2; done' &

        """;

    [Fact]
    public async Task A_hook_that_leaves_a_daemon_is_over_when_it_ends_itself_and_the_next_one_can_run()
    {
        await using var host = await StartAsync();
        await host.Repository.AddAsync("shop", "2.0", preDeploy: LeavesDaemon + "echo done");
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        var release = Guid.NewGuid();

        var outcome = await host.HookAsync(release, cancellation: patience.Token);
        var next = await host.HookAsync(Guid.NewGuid(), cancellation: patience.Token);

        outcome.Standing.ShouldBe(HookStanding.Succeeded, outcome.Text);
        next.Standing.ShouldBe(HookStanding.Succeeded, next.Text);
        File.ReadAllText(host.HookRecord(release, "log")).ShouldBe("done\n");
        File.Delete(host.PathOf("tmp/stay"));
    }

    [Fact]
    public async Task A_hook_that_leaves_a_daemon_and_heeds_no_signal_fails_by_its_time_limit()
    {
        await using var host = await StartAsync();
        await host.Repository.AddAsync("shop", "2.0", preDeploy: $"trap '' TERM\n{LeavesDaemon}sleep 1000");
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(4));

        var outcome = await host.HookAsync(
            Guid.NewGuid(),
            limit: TimeSpan.FromSeconds(1),
            cancellation: patience.Token
        );

        outcome.Standing.ShouldBe(HookStanding.Failed);
        outcome.Text.ShouldStartWith("was killed: it took longer than 1 s");
        File.Delete(host.PathOf("tmp/stay"));
    }

    [Fact]
    public async Task A_hook_whose_end_nobody_knows_is_not_run_again()
    {
        await using var host = await StartAsync();
        await host.Repository.AddAsync("shop", "2.0", preDeploy: "exit 0");
        var release = Guid.NewGuid();
        await host.HookAsync(release);
        // As a host that went down meanwhile.
        File.Delete(host.HookRecord(release, "ended"));

        var outcome = await host.HookAsync(release);

        outcome.Standing.ShouldBe(HookStanding.Unknown);
        outcome.Text.ShouldStartWith("started at 20");
    }

    [Fact]
    public async Task A_hook_goes_on_when_nobody_listens_and_is_followed_from_where_it_is()
    {
        await using var host = await StartAsync();
        await host.Repository.AddAsync(
            "shop",
            "2.0",
            preDeploy: """
            echo ran >> "$DPKG_ROOT/tmp/count"
            while [ ! -e "$DPKG_ROOT/tmp/go" ]; do sleep 0.1; done
            """
        );
        var release = Guid.NewGuid();
        using var gone = new CancellationTokenSource();
        var first = host.HookAsync(release, cancellation: gone.Token);
        await Eventually.TrueAsync(() => Task.FromResult(File.Exists(CountOf(host))));

        await gone.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(first);
        var both = Task.WhenAll(host.HookAsync(release), host.HookAsync(release));
        File.WriteAllText(host.PathOf("tmp/go"), "");

        (await both).ShouldAllBe(outcome => outcome.Standing == HookStanding.Succeeded);
        File.ReadAllLines(CountOf(host)).Length.ShouldBe(1);
    }

    [Fact]
    public async Task A_hook_that_the_repository_does_not_list_is_not_on_record()
    {
        await using var host = await StartAsync();
        var release = Guid.NewGuid();

        var error = await Should.ThrowAsync<CanaryException>(host.HookAsync(release));
        error.Code.ShouldBe("repository-refused");

        await host.Repository.AddAsync("shop", "2.0", preDeploy: "exit 0");
        (await host.HookAsync(release)).Standing.ShouldBe(HookStanding.Succeeded);
    }

    private static string CountOf(AgentHost host) => host.PathOf("tmp/count");

    [Fact]
    public async Task A_removed_package_leaves_nothing_behind()
    {
        await using var host = await StartAsync();
        await host.Repository.AddAsync("shop", "1.0");
        await host.InstallAsync("1.0");

        await host.RemoveAsync();
        await host.RemoveAsync();

        (await host.InspectAsync()).Version.ShouldBeNull();
        Directory.Exists(host.PathOf("opt/shop")).ShouldBeFalse();
        Directory.GetFiles(host.PathOf("var/lib/canary-apply")).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_was_changed_in_configuration_files_outlives_a_removal_for_another_name_and_no_purge()
    {
        await using var host = await StartAsync();
        await host.Repository.AddAsync("shop", "1.0", conffile: "PASSWORD=none\n");
        await host.Repository.AddAsync("shop-web", "2.0");
        await host.InstallAsync("1.0");
        await host.InstallAsync("2.0", "shop-web");
        await File.WriteAllTextAsync(
            host.PathOf("etc/default/shop"),
            "PASSWORD=of this host\n",
            TestContext.Current.CancellationToken
        );

        await host.Transport.CheckKeepsConfigurationAsync(host.Host, "shop", CancellationToken.None);
        await host.RemoveAsync(removal: Removal.KeepConfiguration);
        await host.RemoveAsync(removal: Removal.KeepConfiguration);

        (await host.InspectAsync()).ShouldBe(InstalledPackage.None);
        Directory.Exists(host.PathOf("opt/shop")).ShouldBeFalse();
        File.Exists(host.PathOf("var/lib/canary-apply/shop.package")).ShouldBeFalse();
        host.Log("purge").ShouldBeEmpty();

        await host.InstallAsync("1.0");

        (await host.InspectAsync()).Is("1.0").ShouldBeTrue();
        File.ReadAllText(host.PathOf("etc/default/shop")).ShouldBe("PASSWORD=of this host\n");

        await host.RemoveAsync();
        File.Exists(host.PathOf("etc/default/shop")).ShouldBeFalse();
    }

    [Fact]
    public async Task A_failing_script_is_an_error_with_its_own_words_and_the_host_can_go_back()
    {
        await using var host = await StartAsync();
        await host.Repository.AddAsync("shop", "1.0");
        await host.InstallAsync("1.0");
        await host.Repository.AddAsync("shop", "2.0", "echo 'no database at db-1' >&2; echo '  is it up?'; exit 3");

        var error = await Should.ThrowAsync<CanaryException>(host.InstallAsync("2.0"));

        error.Code.ShouldBe("installation-failed");
        error.Message.ShouldBe(
            """
            apt could not install shop 2.0 on canary-1: 
            no database at db-1
              is it up?
            dpkg: error processing package shop (--configure):
             installed shop package post-installation script subprocess returned error exit status 3
            """
        );
        (await host.InspectAsync()).ShouldSatisfyAllConditions(
            x => x.Version.ShouldBe("2.0"),
            x => x.IsComplete.ShouldBeFalse()
        );

        await host.InstallAsync("1.0");
        (await host.InspectAsync()).Is("1.0").ShouldBeTrue();
    }

    [Fact]
    public async Task A_first_installation_that_failed_can_be_removed()
    {
        await using var host = await StartAsync();
        await host.Repository.AddAsync("shop", "1.0", "exit 1");
        await Should.ThrowAsync<CanaryException>(host.InstallAsync("1.0"));

        await host.RemoveAsync();

        (await host.InspectAsync()).Version.ShouldBeNull();
    }

    [Fact]
    public async Task Another_broken_package_does_not_spoil_an_installation()
    {
        await using var host = await StartAsync();
        await host.Repository.AddAsync("blog", "1.0", "exit 1");
        await host.Repository.AddAsync("shop", "1.0");
        await Should.ThrowAsync<CanaryException>(host.InstallAsync("1.0", "blog"));

        await host.InstallAsync("1.0");

        (await host.InspectAsync()).Is("1.0").ShouldBeTrue();
    }

    [Fact]
    public async Task An_installer_that_says_yes_and_does_nothing_is_not_believed()
    {
        await using var host = await StartAsync();
        await host.Repository.AddAsync("shop", "1.0");
        await host.InspectAsync();
        File.WriteAllText(host.PathOf("etc/apt/apt.conf.d/lazy"), "Dir::Bin::dpkg \"/bin/true\";\n");

        var error = await Should.ThrowAsync<CanaryException>(host.InstallAsync("1.0"));

        error.Code.ShouldBe("installation-ineffective");
        error.Message.ShouldContain("apt-get reports success, but dpkg has none");
    }

    [Fact]
    public async Task Files_that_a_failed_step_took_away_are_brought_back()
    {
        await using var host = await StartAsync();
        await host.Repository.AddAsync("shop", "1.0");
        await host.InstallAsync("1.0");
        await host.Repository.AddAsync("shop", "2.0", preinst: "rm -r \"$DPKG_ROOT/opt/shop/bin\"; exit 1");

        await Should.ThrowAsync<CanaryException>(host.InstallAsync("2.0"));

        (await host.InspectAsync()).Is("1.0").ShouldBeTrue();
        File.Exists(host.PathOf("opt/shop/bin/check")).ShouldBeTrue();
    }

    [Fact]
    public async Task Files_that_cannot_be_brought_back_are_named_until_they_are()
    {
        await using var host = await StartAsync();
        await host.Repository.AddAsync("shop", "1.0");
        await host.InstallAsync("1.0");
        await host.Repository.AddAsync("shop", "2.0", preinst: "rm -r \"$DPKG_ROOT/opt/shop/bin\"; exit 1");
        await host.Repository.WithdrawAsync("canary", "shop", "1.0");

        var error = await Should.ThrowAsync<CanaryException>(host.InstallAsync("2.0"));

        error.Message.ShouldMatch(@"missing +/opt/shop/bin/check");
        (await host.InspectAsync()).ShouldSatisfyAllConditions(
            x => x.Version.ShouldBe("1.0"),
            x => x.IsComplete.ShouldBeFalse()
        );

        await host.Repository.ListAsync("canary", "shop", "1.0");
        await host.InstallAsync("1.0");

        (await host.InspectAsync()).Is("1.0").ShouldBeTrue();
        File.Exists(host.PathOf("opt/shop/bin/check")).ShouldBeTrue();
    }

    [Fact]
    public async Task Only_what_our_key_signed_and_our_suite_lists_is_installed()
    {
        await using var host = await StartAsync();
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

        host.Repository.Unsign();
        (await Should.ThrowAsync<CanaryException>(host.InstallAsync("1.0"))).Code.ShouldBe("repository-refused");
        (await host.InspectAsync()).Version.ShouldBeNull();
    }

    [Fact]
    public async Task A_dependency_that_nothing_satisfies_is_named()
    {
        await using var host = await StartAsync();
        await host.Repository.AddAsync("shop", "1.0", relation: "Depends: perpetual-motion (>= 2)");

        var error = await Should.ThrowAsync<CanaryException>(host.InstallAsync("1.0"));

        error.Message.ShouldContain("perpetual-motion");
    }

    [Fact]
    public async Task What_did_not_come_through_Canary_is_not_removed_for_a_package()
    {
        await using var host = await StartAsync();
        await host.Repository.AddAsync("postbox", "1.0");
        await host.Repository.AddAsync("mailbox", "1.0", relation: "Conflicts: postbox");
        await host.Repository.AddAsync("shop", "1.0", relation: "Depends: mailbox");
        await host.Repository.AddAsync("hat", "1.0");
        await host.InstallAsync("1.0", "hat");
        await AptAsync(host, "apt-get", "-y", "install", "postbox");

        var error = await Should.ThrowAsync<CanaryException>(host.InstallAsync("1.0"));

        error.Message.ShouldContain("It would remove postbox");
        (await host.Transport.InspectAsync(host.Host, "postbox", CancellationToken.None)).Is("1.0").ShouldBeTrue();
        (await host.InspectAsync()).Version.ShouldBeNull();
    }

    [Fact]
    public async Task A_repository_that_changes_its_name_is_the_same_repository()
    {
        await using var host = await StartAsync();
        await host.Repository.AddAsync("shop", "1.0");
        await host.InstallAsync("1.0");

        host.Repository.Origin = "Acme";
        await host.Repository.AddAsync("shop", "2.0");
        await host.InstallAsync("2.0");

        (await host.InspectAsync()).Is("2.0").ShouldBeTrue();
    }

    [Fact]
    public async Task A_repository_of_another_time_is_a_matter_of_clocks()
    {
        await using var host = await StartAsync();
        host.Repository.Date = TimeProvider.System.GetUtcNow().AddDays(2).ToString("R").Replace("GMT", "+0000");
        await host.Repository.AddAsync("shop", "1.0");

        var error = await Should.ThrowAsync<CanaryException>(host.InstallAsync("1.0"));

        error.Code.ShouldBe("clocks-differ");
        error.Message.ShouldContain("is not valid yet");
        error.Remedy.ShouldContain("Nothing is wrong with the commit");
    }

    [Theory]
    [InlineData("Release")]
    [InlineData(".deb")]
    public async Task A_repository_that_is_away_behind_a_proxy_is_told_from_one_that_is_refused(string file)
    {
        await using var host = await StartAsync();
        await host.Repository.AddAsync("shop", "1.0");
        host.Repository.Unavailable = file;

        var away = await Should.ThrowAsync<CanaryException>(host.InstallAsync("1.0"));

        away.Code.ShouldBe("repository-unavailable");
        away.Message.ShouldContain("503");
        host.Repository.Unavailable = null;
        await host.InstallAsync("1.0");
    }

    [Fact]
    public async Task A_repository_that_is_down_is_an_error_that_names_it()
    {
        await using var host = await StartAsync();
        await host.Repository.AddAsync("shop", "1.0");
        await host.InspectAsync();
        var address = host.Repository.Address;
        await host.Repository.StopServingAsync();

        var error = await Should.ThrowAsync<CanaryException>(host.InstallAsync("1.0"));

        error.Code.ShouldBe("repository-unavailable");
        error.Message.ShouldContain(address.Authority);
    }

    [Fact]
    public async Task A_script_that_reaches_nobody_does_not_make_a_repository_that_is_away()
    {
        await using var host = await StartAsync();
        await host.Repository.AddAsync(
            "shop",
            "1.0",
            postinst: "echo 'Could not connect to db-1 (111: Connection refused)'; exit 1"
        );

        (await Should.ThrowAsync<CanaryException>(host.InstallAsync("1.0"))).Code.ShouldBe("installation-failed");
    }

    [Fact]
    public async Task A_killed_dpkg_is_finished_before_the_next_installation()
    {
        await using var host = await StartAsync();
        await host.Repository.AddAsync("shop", "1.0");
        await host.InstallAsync("1.0");
        // What dpkg leaves when it is killed between two records: its journal.
        var status = await File.ReadAllTextAsync(host.PathOf("var/lib/dpkg/status"));
        var record = status.Split("\n\n").Single(paragraph => paragraph.StartsWith("Package: shop\n"));
        await File.WriteAllTextAsync(
            host.PathOf("var/lib/dpkg/updates/0000"),
            record.Replace("install ok installed", "install ok unpacked") + "\n"
        );
        await host.Repository.AddAsync("shop", "2.0");

        await host.InstallAsync("2.0");

        (await host.InspectAsync()).Is("2.0").ShouldBeTrue();
    }

    [Fact]
    public async Task A_dpkg_that_cannot_read_its_records_does_not_say_that_nothing_is_installed()
    {
        await using var host = await StartAsync();
        await host.InspectAsync();
        await File.WriteAllTextAsync(host.PathOf("var/lib/dpkg/status"), "Package: sh");

        var error = await Should.ThrowAsync<CanaryException>(host.InspectAsync());

        error.Code.ShouldBe("host-unreachable");
        error.Message.ShouldContain("does not say what is installed");
        error.Message.ShouldContain("var/lib/dpkg/status");
    }

    [Fact]
    public async Task A_lock_that_somebody_else_holds_is_waited_for()
    {
        await using var host = await StartAsync();
        await host.Repository.AddAsync("shop", "1.0");
        await host.InspectAsync();
        await using var holder = await LockHolder.StartAsync(host.PathOf("var/lib/apt/lists/lock"));

        var installation = host.InstallAsync("1.0");
        await Task.WhenAny(installation, Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System));
        installation.IsCompleted.ShouldBeFalse();
        await holder.ReleaseAsync();
        await installation;

        (await host.InspectAsync()).Is("1.0").ShouldBeTrue();
    }

    [Fact]
    public async Task A_lock_that_is_held_for_too_long_is_told_with_its_holder()
    {
        await using var host = await StartAsync(WithTimeLimit(TimeSpan.FromSeconds(1)));
        await host.Repository.AddAsync("shop", "1.0");
        await host.InstallAsync("1.0");
        var directory = new DirectoryInfo(host.PathOf("var/lib/canary-apply/private"));
        directory.UnixFileMode.ShouldBe(FileModes.PrivateDirectory);
        await using var holder = await LockHolder.StartAsync(Path.Combine(directory.FullName, "lock"), "flock");

        var error = await Should.ThrowAsync<CanaryException>(host.InstallAsync("1.0"));

        error.Code.ShouldBe("host-busy");
        // Not the one that waits.
        error.Message.ShouldContain("var/lib/canary-apply/private/lock is open in ");
        error.Message.ShouldNotContain("/canary-apply )");
        await holder.ReleaseAsync();
        await host.InstallAsync("1.0");
    }

    [Fact]
    public async Task What_canary_apply_keeps_is_closed_to_all_other_users()
    {
        await using var host = await StartAsync();
        await host.Repository.AddAsync("shop", "1.0");
        await host.InstallAsync("1.0");
        var state = host.PathOf("var/lib/canary-apply");
        File.SetUnixFileMode(state, FileModes.PrivateDirectory | FileModes.Everything);
        File.SetUnixFileMode(Path.Combine(state, "private"), FileModes.PrivateDirectory | FileModes.Everything);

        await host.InstallAsync("1.0");

        File.GetUnixFileMode(state).ShouldBe(FileModes.PrivateDirectory);
        File.GetUnixFileMode(Path.Combine(state, "private")).ShouldBe(FileModes.PrivateDirectory);

        Directory.Move(state, host.PathOf("var/lib/of-somebody-else"));
        File.CreateSymbolicLink(state, "of-somebody-else");
        var error = await Should.ThrowAsync<CanaryException>(host.InstallAsync("1.0"));
        error.Message.ShouldContain("var/lib/canary-apply must be a directory of ");
    }

    [Fact]
    public async Task What_is_known_to_be_damaged_stays_known_when_canary_apply_becomes_newer()
    {
        await using var host = await StartAsync();
        await host.Repository.AddAsync("shop", "1.0");
        await host.Repository.AddAsync("blog", "1.0");
        await host.InstallAsync("1.0");
        await File.WriteAllTextAsync(host.PathOf("var/lib/canary-apply/shop.damaged"), "");

        await host.InstallAsync("1.0", "blog");

        (await host.InspectAsync()).ShouldSatisfyAllConditions(
            x => x.Version.ShouldBe("1.0"),
            x => x.IsComplete.ShouldBeFalse()
        );
        await host.InstallAsync("1.0");
        (await host.InspectAsync()).Is("1.0").ShouldBeTrue();
    }

    [Fact]
    public async Task A_script_that_hangs_is_ended_and_dpkg_is_not()
    {
        await using var host = await StartAsync(WithTimeLimit(TimeSpan.FromSeconds(1)));
        await host.Repository.AddAsync("shop", "1.0", "sleep 1000");

        var error = await Should.ThrowAsync<CanaryException>(host.InstallAsync("1.0"));

        error.Code.ShouldBe("installation-failed");
        error.Message.ShouldContain("stopped: it took longer than 10 s");
        error.Message.ShouldContain("post-installation script subprocess");
        // dpkg was there to the end: nothing waits to be finished, and the package is removed as any other.
        Directory.GetFiles(host.PathOf("var/lib/dpkg/updates")).ShouldBeEmpty();
        await host.RemoveAsync();
        (await host.InspectAsync()).Version.ShouldBeNull();
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
        await using var host = await StartAsync();

        (
            await Should.ThrowAsync<CanaryException>(
                host.Transport.InstallAsync(host.Host, package, version, CancellationToken.None)
            )
        ).Code.ShouldBe("package-invalid");
    }

    [Fact]
    public async Task A_package_that_did_not_come_through_us_is_not_removed()
    {
        await using var host = await StartAsync();
        await host.Repository.AddAsync("shop", "1.0");
        await host.InstallAsync("1.0");
        File.Delete(host.PathOf("var/lib/canary-apply/shop.package"));

        var error = await Should.ThrowAsync<CanaryException>(host.RemoveAsync());

        error.Message.ShouldContain("did not come through Canary");
        (await host.InspectAsync()).Version.ShouldBe("1.0");
    }

    [Fact]
    public async Task A_health_check_runs_in_the_applications_directory_without_a_shell()
    {
        await using var host = await StartAsync();
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
        (await host.CheckAsync("bin/none")).ShouldBe($"there is no 'bin/none' in {host.RootInside}/opt/shop");
        (await host.CheckAsync(TimeSpan.FromMilliseconds(200), "sleep", "1000")).ShouldBe(
            "'sleep' took longer than 1 s"
        );
        (await host.CheckAsync("yes")).ShouldBe("'yes' wrote more than 2 MiB");
    }

    [Fact]
    public async Task Where_systemd_does_not_run_units_are_missed_only_by_those_who_asked_for_them()
    {
        await using var host = await StartAsync();

        (await CheckUnitsAsync(isRequired: false)).ShouldBeNull();
        (await CheckUnitsAsync(isRequired: true)).ShouldBe(
            "systemd does not run on this host, so shop.service shop-clean.timer cannot be active"
        );

        Task<string?> CheckUnitsAsync(bool isRequired) =>
            host.Transport.CheckUnitsAsync(
                host.Host,
                new HealthTarget("shop", "shop", "1.0"),
                ["shop.service", "shop-clean.timer"],
                isRequired,
                TimeSpan.FromSeconds(5),
                CancellationToken.None
            );
    }

    private static DeployerOptions WithTimeLimit(TimeSpan limit) =>
        new()
        {
            Local = new LocalTransportOptions { TimeLimit = limit },
            Ssh = new SshTransportOptions { TimeLimit = limit },
        };

    /// <summary>Runs apt as an administrator of the host does.</summary>
    private static async Task<string> AptAsync(AgentHost host, string program, params string[] arguments) =>
        await ProcessRunner.OutputOfAsync(
            program,
            arguments,
            environment: new Dictionary<string, string?>
            {
                ["APT_CONFIG"] = host.PathOf("etc/apt/apt.conf"),
                ["DPKG_ROOT"] = host.Root,
                ["LC_ALL"] = "C.UTF-8",
                ["DEBIAN_FRONTEND"] = "noninteractive",
            }
        );
}

/// <summary>The same for hosts over SSH, with a real sshd.</summary>
public sealed class SshConformanceTests : HostAgentConformance
{
    private protected override async Task<AgentHost> StartAsync(DeployerOptions options) =>
        await SshHost.StartAsync(options);
}

/// <summary>The same for simulated hosts.</summary>
public sealed class LocalConformanceTests : HostAgentConformance
{
    private protected override async Task<AgentHost> StartAsync(DeployerOptions options) =>
        await LocalHosts.StartAsync(options);
}
