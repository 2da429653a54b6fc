using System.Diagnostics;
using Canary.Contracts.Deploying;
using Canary.Deployer.Transport.Local;
using Canary.Failures;
using Canary.Files;
using Canary.Processes;
using Canary.Testing;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Canary.Deployer.Tests.Transport;

/// <summary>What simulated hosts have beyond every host.</summary>
public sealed class LocalAgentTests
{
    /// <summary>How long the service sleeps: nobody else on this machine sleeps as long.</summary>
    private readonly string _sleep = $"{Random.Shared.Next(100_000, 999_999)}.5";

    private string ThoroughScript =>
        """
            set -eu
            adduser --system --group --home /var/lib/shop --quiet canary-shop
            install -d -o canary-shop -g canary-shop /var/lib/shop/data
            echo "port=$CANARY_VAR_PORT" > /etc/shop.conf
            chown canary-shop /etc/shop.conf
            start-stop-daemon --stop --oknodo --retry 5 --pidfile /run/shop.pid
            start-stop-daemon --start --background --make-pidfile --pidfile /run/shop.pid --chuid canary-shop \
              --exec /bin/sleep -- SLEEP
            """.Replace("SLEEP", _sleep, StringComparison.Ordinal);

    [Fact]
    public async Task A_host_tells_the_time_when_it_is_asked_what_it_has()
    {
        await using var hosts = await LocalHosts.StartAsync();

        await hosts.InspectAsync();

        hosts.Clocks.Knows("canary-1").ShouldBeTrue();
        hosts.Clocks.SkewOf("canary-1").ShouldBeNull();
    }

    [Fact]
    public async Task The_doctor_tries_whether_hosts_can_be_kept_apart()
    {
        await using var hosts = await LocalHosts.StartAsync();

        var result = await hosts.Isolation.CheckHealthAsync(new HealthCheckContext(), CancellationToken.None);

        result.Description.ShouldBe("Simulated hosts are kept apart from this machine.");
        result.Status.ShouldBe(HealthStatus.Healthy);
    }

    [Theory]
    [InlineData("canary-machine: write /srv/init.new: No space left on device", "disk-full")]
    [InlineData("canary-machine: unshare: Operation not permitted", "isolation-unavailable")]
    [InlineData("canary-machine: unshare: No space left on device", "isolation-unavailable")]
    public void A_full_disk_is_no_machine_that_keeps_nobody_apart(string output, string code) =>
        Isolation.Failure("web-1", output).Code.ShouldBe(code);

    [Fact]
    public async Task The_doctor_says_what_to_do_where_hosts_cannot_be_kept_apart()
    {
        await using var hosts = await LocalHosts.StartAsync();
        hosts.SpoilProbe();

        var result = await hosts.Isolation.CheckHealthAsync(new HealthCheckContext(), CancellationToken.None);

        result.Status.ShouldBe(HealthStatus.Unhealthy);
        result.Description.ShouldNotBeNull().ShouldContain("(mount /proc: Not a directory)");
        result.Data[CheckFailure.Remedy].ShouldBe(Namespaces.HowToAllow("mount /proc: Not a directory"));
    }

    [Fact]
    public void A_limit_of_namespaces_is_not_told_as_a_full_disk()
    {
        var failure = Isolation.Failure("web-1", "canary-machine: unshare: No space left on device");

        failure.Message.ShouldContain("no disk is full, but the limit user.max_user_namespaces is 0 or reached");
        failure.Remedy.ShouldStartWith(
            "Run it as root, or allow user namespaces: sysctl -w user.max_user_namespaces=10000"
        );
    }

    [Fact]
    public async Task A_script_may_do_what_it_may_on_a_host_and_this_machine_stays_as_it_was()
    {
        await InstalledPackages.RequireAsync("adduser");
        await using var hosts = await LocalHosts.StartAsync();
        await hosts.Repository.AddAsync(
            "shop",
            "1.0",
            ThoroughScript,
            check: "grep -q canary-shop /etc/passwd && ls /etc/shop.conf"
        );
        await hosts.Repository.AddAsync("shop", "2.0", ThoroughScript);

        await hosts.InstallAsync("1.0");

        File.ReadAllText(hosts.PathOf("etc/passwd")).ShouldContain("\ncanary-shop:");
        File.ReadAllText(hosts.PathOf("etc/shop.conf")).ShouldBe("port=81 01\n");
        File.ReadAllText("/etc/passwd").ShouldNotContain("canary-shop");
        File.Exists("/etc/shop.conf").ShouldBeFalse();
        Directory.Exists("/var/lib/shop").ShouldBeFalse();
        File.Exists("/run/shop.pid").ShouldBeFalse();
        (await hosts.CheckAsync("bin/check")).ShouldBeNull();

        // The service lives on, is met again by the next script, and ends with its host.
        await ServiceAsync();
        (await hosts.CheckAsync("sh", "-c", "kill -0 $(cat /run/shop.pid)")).ShouldBeNull();
        await hosts.InstallAsync("2.0");
        await ServiceAsync();
        hosts.IsOn(hosts.Host).ShouldBeTrue();
        await hosts.SwitchOffAsync();
        Daemons().ShouldBe(0);
        hosts.IsOn(hosts.Host).ShouldBeFalse();
    }

    [Fact]
    public async Task A_host_that_is_deleted_takes_its_services_with_it()
    {
        await InstalledPackages.RequireAsync("adduser");
        await using var hosts = await LocalHosts.StartAsync();
        await hosts.Repository.AddAsync("shop", "1.0", ThoroughScript);
        await hosts.InstallAsync("1.0");
        await ServiceAsync();

        Directory.Delete(hosts.Root, recursive: true);

        await Eventually.TrueAsync(() => Daemons() == 0);
    }

    [Theory]
    [InlineData("readable", UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead, true)]
    [InlineData("private", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, false)]
    [InlineData(".hidden", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead, false)]
    public void A_host_sees_of_this_machine_what_everybody_may_read_whoever_may_write_it(
        string name,
        UnixFileMode mode,
        bool isSeen
    )
    {
        using var directory = new TempDirectory();
        var file = directory.WriteFile(name, "");
        File.SetUnixFileMode(file, mode);

        MachineConfiguration.IsPublic(new FileInfo(file)).ShouldBe(isSeen);
    }

    /// <summary>Of this machine: <c>nobody</c>, who has no other users to give files to.</summary>
    [Fact]
    public async Task A_script_may_do_as_much_where_an_ordinary_user_simulates_the_host()
    {
        await InstalledPackages.RequireAsync("adduser");
        using var directory = new TempDirectory();
        using var configuration = new MachineConfiguration(new DataDirectory(directory.Combine("data")));
        var etc = await configuration.PathAsync(CancellationToken.None);
        var program = directory.WriteFile("configure", $"#!/bin/sh\n{ThoroughScript}", executable: true);
        var machine = directory.WriteFile(
            "canary-machine",
            await File.ReadAllTextAsync(SourceTree.PathOf("hosts", "canary-machine")),
            executable: true
        );
        var root = directory.CreateDirectory("root");
        await ProcessRunner.OutputOfAsync("chmod", ["-R", "a+rX", directory.Path]);
        string[] nobody = Environment.IsPrivilegedProcess
            ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
            : ["env"];
        if (Environment.IsPrivilegedProcess)
        {
            await ProcessRunner.OutputOfAsync("chown", ["65534:65534", root]);
            await ProcessRunner.OutputOfAsync("chown", ["-R", "65534:65534", directory.Combine("data")]);
        }

        var run = await ProcessRunner.RunAsync(
            nobody[0],
            [.. nobody[1..], machine, "run", root, etc, program],
            environment: new Dictionary<string, string?> { ["CANARY_VAR_PORT"] = "8101" }
        );

        run.EnsureSuccess();
        File.ReadAllText(Path.Combine(root, "etc/passwd")).ShouldContain("\ncanary-shop:");
        File.ReadAllText("/etc/passwd").ShouldNotContain("canary-shop");
        await ServiceAsync();
        (await ProcessRunner.RunAsync(nobody[0], [.. nobody[1..], machine, "stop", root])).EnsureSuccess();
        Daemons().ShouldBe(0);
    }

    [Fact]
    public async Task A_host_without_a_service_needs_no_process()
    {
        await using var hosts = await LocalHosts.StartAsync();
        await hosts.Repository.AddAsync("shop", "1.0");

        await hosts.InstallAsync("1.0");

        await Eventually.TrueAsync(() => !hosts.IsOn(hosts.Host));
    }

    [Fact]
    public async Task Scripts_see_neither_the_files_nor_the_processes_of_this_machine()
    {
        await using var hosts = await LocalHosts.StartAsync();
        var secret = hosts.DataPath;
        await hosts.Repository.AddAsync(
            "shop",
            "1.0",
            $"""
            test ! -e {secret} || exit 3
            test "$(hostname)" = canary-1 || exit 4
            ! echo 1 > /proc/sys/kernel/panic || exit 5
            test ! -e /proc/{Environment.ProcessId}/root/etc/hostname || exit 6
            touch /usr/bin/of-the-shop
            """
        );

        await hosts.InstallAsync("1.0");

        File.Exists("/usr/bin/of-the-shop").ShouldBeFalse();
        File.Exists(hosts.PathOf("usr/bin/of-the-shop")).ShouldBeTrue();
    }

    [Fact]
    public async Task Where_a_machine_allows_no_isolation_that_is_an_error_and_not_a_script_on_the_machine()
    {
        await using var hosts = await LocalHosts.StartAsync();
        var root = hosts.Directory("no-isolation");

        // The limits of a user namespace hold for what is made in it.
        var result = await ProcessRunner.RunAsync(
            "unshare",
            [
                "--user",
                "--map-root-user",
                "sh",
                "-c",
                """echo 0 > /proc/sys/user/max_mnt_namespaces; echo 0 > /proc/sys/user/max_user_namespaces; exec "$@" """,
                "sh",
                SourceTree.PathOf("hosts", "canary-machine"),
                "run",
                root,
                root,
                "/bin/true",
            ]
        );

        result.ExitCode.ShouldBe(77);
        result.Error.ShouldContain("canary-machine: unshare: No space left on device");
    }

    [Theory]
    [InlineData("door")]
    [InlineData("jobs")]
    public async Task A_script_that_keeps_a_lock_of_its_host_keeps_nobody_waiting_for_ever(string name)
    {
        using var directory = new TempDirectory();
        var root = directory.CreateDirectory("root");
        var etc = directory.CreateDirectory("etc");
        var keep = directory.WriteFile(
            "keep",
            $"""
            #!/usr/bin/perl
            use Fcntl ':flock';
            open my $lock, '>>', '/var/lib/canary-machine/{name}' or die;
            exit 0 if fork;
            open $_, '>', '/dev/null' for *STDOUT, *STDERR;
            flock $lock, LOCK_EX;
            open my $said, '>', '/kept';
            close $said;
            sleep 1000;
            """,
            executable: true
        );
        const string tries = "LOCK_TRIES => 3000";
        var text = await File.ReadAllTextAsync(SourceTree.PathOf("hosts", "canary-machine"));
        text.ShouldContain(tries);
        var machine = directory.WriteFile(
            "canary-machine",
            text.Replace(tries, "LOCK_TRIES => 5", StringComparison.Ordinal),
            executable: true
        );
        (await ProcessRunner.RunAsync(machine, ["run", root, etc, keep])).EnsureSuccess();
        await Eventually.TrueAsync(() => File.Exists(Path.Combine(root, "kept")));

        var next = await ProcessRunner.RunAsync(machine, ["run", root, etc, "/bin/true"]);
        (await ProcessRunner.RunAsync(machine, ["stop", root])).EnsureSuccess();

        next.ExitCode.ShouldNotBe(0);
        next.Error.ShouldContain($"{root}/var/lib/canary-machine/{name} stays locked");
        next.Error.ShouldContain($"canary-machine stop {root}");
    }

    [Fact]
    public async Task A_machine_is_whole_although_whoever_switched_it_on_was_killed_meanwhile()
    {
        using var directory = new TempDirectory();
        var root = directory.CreateDirectory("root");
        var program = directory.WriteFile(
            "where",
            "#!/bin/sh\ntest -d /var/lib/canary-machine && echo inside\n",
            executable: true
        );
        var machine = SourceTree.PathOf("hosts", "canary-machine");
        string[] run = ["run", root, directory.CreateDirectory("etc"), program];

        for (var round = 0; round < 30; round++)
        {
            using (var first = Process.Start(new ProcessStartInfo(machine, run) { RedirectStandardOutput = true })!)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(3 * round), TimeProvider.System);
                first.Kill();
                await first.WaitForExitAsync();
            }

            (await ProcessRunner.OutputOfAsync(machine, run)).ShouldBe("inside\n");
            await ProcessRunner.OutputOfAsync(machine, ["stop", root]);
        }
    }

    /// <summary>Whoever switches a machine on sees the machine's own processes once its root is there, and its first was looked
    /// for among them.</summary>
    [Fact]
    public async Task A_machine_is_found_however_late_its_first_process_is_recorded()
    {
        using var directory = new TempDirectory();
        var root = directory.CreateDirectory("root");
        const string recorded = "    # Whoever finds it joins it";
        var text = await File.ReadAllTextAsync(SourceTree.PathOf("hosts", "canary-machine"));
        text.ShouldContain(recorded);
        var machine = directory.WriteFile(
            "canary-machine",
            text.Replace(recorded, $"    select undef, undef, undef, 0.3;\n{recorded}", StringComparison.Ordinal),
            executable: true
        );

        var run = await ProcessRunner.RunAsync(machine, ["run", root, directory.CreateDirectory("etc"), "/bin/true"]);

        run.EnsureSuccess();
        await ProcessRunner.OutputOfAsync(machine, ["stop", root]);
    }

    [Fact]
    public async Task Scripts_run_on_this_machine_only_where_that_is_asked_for()
    {
        await using var hosts = await LocalHosts.StartAsync(
            new DeployerOptions { Local = new LocalTransportOptions { UnsafeScriptsOnThisMachine = true } }
        );
        await hosts.Repository.AddAsync("shop", "1.0", """pwd > "$DPKG_ROOT/opt/shop/said"; test -e /proc/$PPID/exe""");

        await hosts.InstallAsync("1.0");

        (await hosts.InspectAsync()).Is("1.0").ShouldBeTrue();
        hosts.HasBeenOn(hosts.Host).ShouldBeFalse();
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
    public async Task Dependencies_on_packages_of_this_machine_hold()
    {
        await using var hosts = await LocalHosts.StartAsync();
        await hosts.Repository.AddAsync("shop", "1.0", relation: "Depends: dpkg (>= 1.15), libc6, awk, base-files");

        await hosts.InstallAsync("1.0");

        (await hosts.InspectAsync()).Is("1.0").ShouldBeTrue();
        Directory
            .EnumerateFiles(Path.Combine(hosts.Root, "usr"), "*", SearchOption.AllDirectories)
            .ShouldBeEmpty("A root holds no copy of the machine.");
    }

    [Fact]
    public async Task Without_the_machines_packages_a_root_stands_alone()
    {
        await using var hosts = await LocalHosts.StartAsync(
            new DeployerOptions { Local = new LocalTransportOptions { MachinePackages = false } }
        );
        await hosts.Repository.AddAsync("shop", "1.0", relation: "Depends: dpkg");

        (await Should.ThrowAsync<CanaryException>(hosts.InstallAsync("1.0"))).Message.ShouldContain("Depends: dpkg");
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

    // A script may end before the service that it leaves in the background has become what it is to be.
    private Task ServiceAsync() => Eventually.TrueAsync(() => Daemons() == 1);

    private int Daemons() =>
        System
            .IO.Directory.GetDirectories("/proc")
            .Count(process =>
            {
                try
                {
                    return File.ReadAllText(Path.Combine(process, "cmdline")) == $"/bin/sleep\0{_sleep}\0";
                }
                catch (IOException)
                {
                    return false;
                }
            });
}
