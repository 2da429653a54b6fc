using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Canary.Contracts.Building;
using Canary.Processes.Sandboxes;
using Canary.Testing;

namespace Canary.CiCoordinator.Tests.Builds;

/// <summary>What scripts of a commit try against the installation. Each attack is tried without the sandbox as well, where it
/// must succeed: so a test would notice if the sandbox were gone.</summary>
public sealed class HostileBuildTests : IAsyncLifetime
{
    private const string Secret = "correct-horse-battery-staple";

    private BuildPlace _place = null!;

    public async ValueTask InitializeAsync() => _place = await BuildPlace.MakeAsync();

    public ValueTask DisposeAsync() => _place.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Keys_and_tokens_of_the_installation_cannot_be_read(bool unsafely)
    {
        var key = Path.Combine(_place.Data, "repository-publisher", "signing-key.asc");
        Directory.CreateDirectory(Path.GetDirectoryName(key)!);
        await File.WriteAllTextAsync(key, Secret);

        var log = await AttackAsync($"cat '{key}' || true; ls -lR '{_place.Data}' || true", unsafely);

        log.Contains(Secret, StringComparison.Ordinal).ShouldBe(unsafely);
        log.Contains("signing-key.asc\n", StringComparison.Ordinal).ShouldBe(unsafely);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_path_that_is_shown_on_purpose_shows_nothing_of_the_installation(bool unsafely)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "A directory in /opt takes root.");
        var key = Path.Combine(_place.Data, "key");
        await File.WriteAllTextAsync(key, Secret);
        var tools = Directory.CreateDirectory($"/opt/canary-test-{Guid.NewGuid():N}").FullName;
        await File.WriteAllTextAsync(Path.Combine(tools, "compiler"), "a compiler");
        _place.Options.Sandbox.ReadOnlyPaths = [tools, "/opt/no-such-directory", _place.Data];
        try
        {
            var log = await AttackAsync(
                $"cat {tools}/compiler; cat '{key}' || true; touch {tools}/new || true",
                unsafely
            );

            log.ShouldContain("a compiler");
            log.Contains(Secret, StringComparison.Ordinal).ShouldBe(unsafely);
            File.Exists(Path.Combine(tools, "new")).ShouldBe(unsafely);
        }
        finally
        {
            Directory.Delete(tools, recursive: true);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_environment_of_other_processes_cannot_be_read(bool unsafely)
    {
        using var victim = StartVictim();

        var log = await AttackAsync("cat /proc/*/environ 2>/dev/null | tr '\\0' '\\n' || true", unsafely);

        log.Contains(Secret, StringComparison.Ordinal).ShouldBe(unsafely);
        victim.Kill();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Other_processes_cannot_be_killed(bool unsafely)
    {
        using var victim = StartVictim();

        await AttackAsync($"kill -KILL {victim.Id} || true", unsafely);

        await Eventually.TrueAsync(() => victim.HasExited == unsafely);
        if (!unsafely)
        {
            victim.Kill();
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Not_even_a_daemon_that_hides_outlives_its_build(bool unsafely)
    {
        var sleeper = new Sleeper();

        await AttackAsync(
            $"env -i setsid sh -c '(setsid sleep {sleeper.Time} </dev/null >/dev/null 2>&1 &)'",
            unsafely
        );

        var left = sleeper.Running();
        left.Count.ShouldBe(unsafely ? 1 : 0);
        foreach (var pid in left)
        {
            await ProcessRunner.RunAsync("kill", ["-KILL", $"{pid}"]);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Files_outside_the_workspace_cannot_be_written(bool unsafely)
    {
        var copies = Directory.CreateDirectory(Path.Combine(_place.Data, "workspaces", "copies")).FullName;
        string[] places =
        [
            Path.Combine(copies, "poison"),
            $"/tmp/canary-{Guid.NewGuid():N}",
            $"/usr/local/lib/canary-{Guid.NewGuid():N}",
        ];

        await AttackAsync(string.Join('\n', places.Select(place => $"echo poison > '{place}' || true")), unsafely);

        foreach (var place in places)
        {
            File.Exists(place).ShouldBe(unsafely, place);
            File.Delete(place);
        }
    }

    [Fact]
    public async Task The_next_build_finds_nothing_of_the_one_before()
    {
        _place.Repository.WithConventionScripts(
            build: "ls -A /tmp \"$HOME\" | sed s/^/found-/; cat /build/.git/config; touch /tmp/evil \"$HOME/.gitconfig\"; "
                + "git config core.fsmonitor /tmp/evil"
        );
        await _place.BuildAsync();

        var (_, log) = await _place.BuildAsync();

        log.ShouldNotContain("found-evil");
        log.ShouldNotContain("found-.gitconfig");
        log.ShouldNotContain("fsmonitor");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nothing_that_listens_on_this_machine_can_be_reached(bool unsafely)
    {
        using var here = new TcpListener(IPAddress.Any, 0);
        here.Start();
        var port = ((IPEndPoint)here.LocalEndpoint).Port;
        var addresses = (await Dns.GetHostAddressesAsync(Dns.GetHostName(), AddressFamily.InterNetwork)).Select(it =>
            it.ToString()
        );
        string[] targets = ["127.0.0.1", "10.0.2.2", .. addresses];

        var log = await AttackAsync(Connect(port, targets), unsafely);

        log.Contains("reached 127.0.0.1", StringComparison.Ordinal).ShouldBe(unsafely);
        if (!unsafely)
        {
            log.ShouldNotContain("reached");
        }
    }

    [Fact]
    public async Task Scripts_can_reach_other_machines_but_no_metadata()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Making another machine takes root.");
        await InstalledPackages.RequireAsync("slirp4netns");
        await using var other = await OtherMachine.StartAsync();

        var log = await AttackAsync(
            Connect(other.Port, [other.Address, "169.254.169.254", "100.100.100.200"]),
            unsafely: false
        );
        _place.Options.Sandbox.Deny = [$"{other.Address}/32"];
        var denied = await AttackAsync(Connect(other.Port, [other.Address]), unsafely: false);
        _place.Options.Sandbox.Deny = [];
        _place.Options.Sandbox.Allow = ["203.0.113.0/24"];
        var notAllowed = await AttackAsync(Connect(other.Port, [other.Address]), unsafely: false);
        _place.Options.Sandbox.Allow = [$"{other.Address}/32"];
        var allowed = await AttackAsync(Connect(other.Port, [other.Address]), unsafely: false);

        log.ShouldContain($"reached {other.Address}\n");
        log.ShouldContain("not 169.254.169.254\n");
        log.ShouldContain("not 100.100.100.200\n");
        denied.ShouldContain($"not {other.Address}\n");
        notAllowed.ShouldContain($"not {other.Address}\n");
        allowed.ShouldContain($"reached {other.Address}\n");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_build_that_fills_memory_is_stopped_and_says_so(bool unsafely)
    {
        _place.Options.Sandbox.Memory = 64 << 20;

        var (outcome, _) = await TryAsync(
            "perl -e 'my $all = \"x\" x 300_000_000; sleep 1; print \"filled\\n\"'",
            unsafely
        );

        if (unsafely)
        {
            outcome.ShouldBeOfType<BuildSucceeded>();
            return;
        }
        BuildPlace.FailureOf(outcome).Code.ShouldBe("script-memory-limit");
    }

    /// <summary>Memory that is nobody's own.</summary>
    [Theory]
    [InlineData("m = mmap.mmap(-1, 300_000_000); [m.write(b'x' * 1_000_000) for i in range(300)]")]
    [InlineData(
        "m = mmap.mmap(-1, 300_000_000); [(m.write(b'x' * 1_000_000), m.madvise(mmap.MADV_DONTNEED)) for i in range(300)]"
    )]
    [InlineData(
        "l = __import__('ctypes').CDLL(None); l.shmat.restype = __import__('ctypes').c_void_p; i = l.shmget(0, 300_000_000, 0o1600); p = l.shmat(i, None, 0); __import__('ctypes').memset(p, 1, 300_000_000); l.shmdt(__import__('ctypes').c_void_p(p))"
    )]
    [InlineData("f = os.memfd_create('x'); [os.write(f, b'x' * 1_000_000) for i in range(300)]")]
    public async Task Shared_memory_counts_like_any_other(string fill)
    {
        await InstalledPackages.RequireAsync("python3");
        _place.Options.Sandbox.Memory = 64 << 20;

        var (outcome, _) = await TryAsync(
            $"python3 -c \"import mmap, os, time; {fill}; time.sleep(30)\"",
            unsafely: false
        );

        BuildPlace.FailureOf(outcome).Code.ShouldBe("script-memory-limit");
    }

    /// <summary>Files without a name, which only whoever has them open can find, and files that nobody finds by a path.</summary>
    [Theory]
    [InlineData("exec 3> x; rm x; head -c 40000000 /dev/zero >&3; sleep 30")]
    [InlineData(
        "python3 -c \"import mmap, os, time; f = os.open('x', os.O_RDWR | os.O_CREAT); os.ftruncate(f, 40_000_000); m = mmap.mmap(f, 40_000_000); m.write(b'x' * 40_000_000); os.unlink('x'); os.close(f); time.sleep(30)\""
    )]
    [InlineData(
        "perl -e 'for (1 .. 1100) { mkdir q(ddd); chdir q(ddd) } open my $f, q(>), q(x); print $f q(x) x 40_000_000; close $f; sleep 30'"
    )]
    [InlineData(
        "perl -e 'mkdir q(d0); if (!fork) { for (my $i = 0; ; $i++) { rename qq(/build/d$i), q(/build/d) . ($i + 1); select undef, undef, undef, 0.002 } } chdir q(d0); for (1 .. 40) { open my $f, q(>), $_; print $f q(x) x 1_000_000; select undef, undef, undef, 0.01 } sleep 30'"
    )]
    [InlineData("i=0; while [ $i -lt 3000 ]; do : > $i; i=$((i+1)); done; sleep 30")]
    public async Task Space_that_is_hidden_counts_like_any_other(string fill)
    {
        await InstalledPackages.RequireAsync("python3");
        _place.Options.Sandbox.Disk = 8 << 20;

        var (outcome, _) = await TryAsync(fill, unsafely: false);

        BuildPlace.FailureOf(outcome).Code.ShouldBe("script-disk-limit");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Caches_of_another_application_can_be_neither_read_nor_written(bool unsafely)
    {
        var cache = Directory.CreateDirectory(Path.Combine(_place.Data, "ci-coordinator", "caches", "blog-1")).FullName;
        await File.WriteAllTextAsync(Path.Combine(cache, "private"), Secret);

        var log = await AttackAsync(
            $"cat '{cache}/private' \"$CANARY_CACHE\"/../*/private || true; echo poison > '{cache}/poison' || true",
            unsafely
        );

        log.Contains(Secret, StringComparison.Ordinal).ShouldBe(unsafely);
        File.Exists(Path.Combine(cache, "poison")).ShouldBe(unsafely);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Another_branch_cannot_poison_the_cache(bool unsafely)
    {
        await AttackAsync("echo good > \"$CANARY_CACHE/library\"", unsafely);
        var store = Path.Combine(_place.Data, "ci-coordinator", "caches");
        _place.Repository.WithConventionScripts(
            build: $"for cache in \"$CANARY_CACHE\" '{store}'/shop-*; do echo poison > \"$cache/library\" || true; done"
        );
        var commit = await _place.Repository.CommitAsync();

        await _place.BuildAsync(_place.Command(commit, "other") with { Deploys = false });

        var log = await AttackAsync("cat \"$CANARY_CACHE/library\"", unsafely);
        log.Contains("poison", StringComparison.Ordinal).ShouldBe(unsafely);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_build_that_fills_the_disk_is_stopped_and_says_so(bool unsafely)
    {
        _place.Options.Sandbox.Disk = 8 << 20;

        var (outcome, _) = await TryAsync("head -c 40000000 /dev/zero > many; sleep 1; echo filled", unsafely);

        if (unsafely)
        {
            outcome.ShouldBeOfType<BuildSucceeded>();
            return;
        }
        BuildPlace.FailureOf(outcome).Code.ShouldBe("script-disk-limit");
    }

    [Fact]
    public async Task A_build_that_forks_without_end_runs_against_its_limit()
    {
        _place.Options.Sandbox.Processes = 30;

        var log = await AttackAsync(
            "perl -e 'for (1 .. 100) { my $child = fork; if (!defined $child) { print \"no more\\n\"; last } if (!$child) { sleep 100 } }'",
            unsafely: false
        );

        log.ShouldContain("no more");
    }

    [Theory]
    [InlineData("prlimit --pid 1 --nofile=0:0")]
    [InlineData("unshare --user true")]
    [InlineData("unshare --map-root-user --mount true")]
    [InlineData("mount -t tmpfs none /tmp")]
    [InlineData("chown root /build/script")]
    [InlineData("sh -c 'echo 1 > /proc/sys/kernel/panic'")]
    [InlineData("mknod /tmp/disk b 8 0")]
    [InlineData("kill -KILL 1 && sleep 1 && ! kill -0 1")]
    public async Task Rights_cannot_be_gained(string command)
    {
        var log = await AttackAsync($"if {command}; then echo gained; else echo refused; fi", unsafely: false);

        log.ShouldContain("refused\n");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Secrets_of_another_application_cannot_be_read(bool unsafely)
    {
        using var secret = new WatchedSecret();
        _place.Options.Applications = [secret.For("web", "acme/web")];

        var log = await AttackAsync(
            $"cat {secret.Path} || true; ls /run/secrets 2>/dev/null || true; echo \"secrets: $CANARY_SECRETS.\"",
            unsafely
        );

        log.Contains(secret.Text, StringComparison.Ordinal).ShouldBe(unsafely);
        log.ShouldContain("secrets: .\n");
        log.ShouldNotContain("NPM_TOKEN");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Lines_of_Canary_cannot_be_forged(bool unsafely)
    {
        var log = await AttackAsync(
            """
            printf '==> script/cibuild passed in 0.1 s\n'
            printf 'cursor up\033[1A\r==> forged\n\342\200\213==> forged\n=\000=> forged\n'
            printf '==> no line end'
            """,
            unsafely
        );

        log.Split('\n')
            .Where(line => line.StartsWith("==>", StringComparison.Ordinal))
            .Select(line => string.Join(' ', line.Split(' ').Take(3)))
            .ShouldBe([
                "==> Check out",
                "==> script/cisetup",
                "==> script/cisetup passed",
                "==> script/cibuild",
                "==> script/cibuild passed",
            ]);
        log.ShouldContain("\ncursor up\n| ==> forged\n| ==> forged\n| ==> forged\n| ==> no line end\n==> ");
        log.Any(character => char.IsControl(character) && character is not '\n').ShouldBeFalse();
    }

    [Fact]
    public async Task A_script_may_write_to_its_output_by_name()
    {
        var log = await AttackAsync(
            "echo out > /dev/stdout; echo err > /dev/stderr; echo null > /dev/null",
            unsafely: false
        );

        log.ShouldContain("\nout\nerr\n");
    }

    [Fact]
    public async Task A_build_without_network_has_none()
    {
        _place.Options.Sandbox.Network = SandboxNetwork.None;

        var log = await AttackAsync("cat /proc/net/dev /etc/resolv.conf", unsafely: false);

        log.ShouldContain(" lo:");
        log.ShouldNotContain("tap0");
        log.ShouldNotContain("nameserver");
    }

    private async Task<string> AttackAsync(string script, bool unsafely)
    {
        var (outcome, log) = await TryAsync(script, unsafely);
        outcome.ShouldBeOfType<BuildSucceeded>();
        return log;
    }

    private Task<(object Outcome, string Log)> TryAsync(string script, bool unsafely)
    {
        _place.Options.UnsafeScriptsOnThisMachine = unsafely;
        _place.Repository.WithConventionScripts(build: script);
        return _place.BuildAsync();
    }

    private static string Connect(int port, IEnumerable<string> addresses) =>
        string.Join(
            '\n',
            addresses.Select(address =>
                $"perl -MIO::Socket::INET -e 'IO::Socket::INET->new(PeerAddr => \"{address}:{port}\", Timeout => 2) ? print \"reached {address}\\n\" : print \"not {address}\\n\"'"
            )
        );

    private static Process StartVictim()
    {
        var start = new ProcessStartInfo("sleep", ["300"]);
        start.Environment["CANARY_TEST_SECRET"] = Secret;
        return Process.Start(start)!;
    }
}
