using Canary.Contracts;
using Canary.Contracts.Building;
using Canary.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Canary.CiCoordinator.Tests.Builds.Hosts;

/// <summary>Real git, real scripts, a real sshd.</summary>
public sealed class SshBuildTests : BuildHostTests
{
    [Fact]
    public async Task Both_scripts_run_in_order_on_the_build_host_and_nothing_stays_there()
    {
        Repository.WithConventionScripts(
            setup: "echo one > state; echo setting up; grep ' /build ' /proc/self/mountinfo | cut -d' ' -f4",
            build: "cat state; echo built"
        );

        var (outcome, log) = await Fixture.BuildAsync();

        outcome.ShouldBeOfType<BuildSucceeded>(log).ScriptTime.ShouldBeGreaterThan(TimeSpan.Zero);
        var lines = log.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines[0].ShouldStartWith("==> Check out acme/shop ");
        lines[1].ShouldBe("==> On build-1");
        lines[2].ShouldBe("==> script/cisetup");
        lines[3].ShouldBe("setting up");
        lines[4].ShouldStartWith(Machine.Builds);
        lines[5].ShouldStartWith("==> script/cisetup passed in ");
        lines[6].ShouldBe("==> script/cibuild");
        lines[7..9].ShouldBe(["one", "built"]);
        lines[9].ShouldStartWith("==> script/cibuild passed in ");
        await Machine.NothingIsLeftAsync();
    }

    [Fact]
    public async Task The_files_are_those_of_the_commit_and_git_knows_it()
    {
        await InstalledPackages.RequireAsync("git");
        Repository.WithConventionScripts(
            setup: "git rev-parse HEAD; git status --porcelain; git cat-file -t HEAD^{tree}; git fsck --connectivity-only",
            build: "./run; readlink link; test ! -e .git/objects/info/alternates && echo whole"
        );
        Repository.WithScript("run", "echo ran").WithLink("link", "run");
        var command = Fixture.Command(await Repository.CommitAsync());

        var outcome = await Fixture.RunAsync(command);

        var log = Fixture.ReadLog(command.ReleaseId);
        outcome.ShouldBeOfType<BuildSucceeded>(log);
        log.ShouldContain($"==> script/cisetup\n{command.Source.Commit}\ntree\n");
        log.ShouldContain("\nran\nrun\nwhole\n");
    }

    [Fact]
    public async Task A_script_that_fails_is_named_with_its_exit_code_and_last_output()
    {
        Repository.WithConventionScripts(build: "seq 1 1000; echo 'the reason' >&2; exit 3");

        var (outcome, log) = await Fixture.BuildAsync();

        var failure = FailureOf(outcome);
        failure.Code.ShouldBe("script-failed");
        failure.Message.ShouldStartWith("script/cibuild exited with 3.");
        failure.Message.ShouldEndWith("1000\nthe reason");
        log.ShouldContain("\n500\n");
        await Machine.NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_script_that_hangs_is_stopped_there()
    {
        // Only the coordinator's clock decides: a machine that is slow, or where logging in takes long, is no script that hangs.
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        Fixture.Time = time;
        Fixture.Options.TimeLimit = TimeSpan.FromMinutes(10);
        Fixture.Options.Hosts.Silence = TimeSpan.FromHours(1);
        Repository.WithConventionScripts(build: "trap '' TERM; echo waiting; sleep 1000 & wait; sleep 1000");
        var command = Fixture.Command(await Repository.CommitAsync());

        var building = Fixture.RunAsync(command);
        await Eventually.TrueAsync(() =>
            building.IsCompleted || Fixture.ReadLog(command.ReleaseId).Contains("\nwaiting\n", StringComparison.Ordinal)
        );
        time.Advance(Fixture.Options.TimeLimit);
        var outcome = await building;

        var failure = FailureOf(outcome);
        failure.Code.ShouldBe("script-timed-out");
        failure.Message.ShouldContain("waiting");
        await Machine.NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_script_that_floods_is_stopped_there_and_its_log_stays_bounded()
    {
        Fixture.Options.OutputLimit = 100_000;
        Repository.WithConventionScripts(setup: "head -c 60000 /dev/zero | tr '\\0' x", build: "yes");

        var (outcome, log) = await Fixture.BuildAsync();

        FailureOf(outcome).Code.ShouldBe("script-output-limit");
        log.Length.ShouldBeInRange(100_000, 110_000);
        await Machine.NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_script_there_reads_nothing_of_the_host_and_of_other_builds()
    {
        var secret = Machine.PathOf("secret");
        await File.WriteAllTextAsync(secret, "hunter2");
        Repository.WithConventionScripts(
            build: $"cat {secret} || true; ls {Machine.Builds} || true; sh -c ': > {Machine.Builds}/lock' || true; cat /proc/*/environ | tr '\\0' '\\n'; id -un"
        );

        var (outcome, log) = await Fixture.BuildAsync();

        outcome.ShouldBeOfType<BuildSucceeded>(log);
        log.ShouldNotContain("hunter2");
        log.ShouldNotContain("SSH_CONNECTION");
        log.ShouldContain($"cannot create {Machine.Builds}/lock");
        log.ShouldContain("\nbuild\n");
    }

    [Fact]
    public async Task A_script_that_takes_too_much_memory_there_is_stopped_and_says_so()
    {
        Fixture.Options.Sandbox.Memory = 64 << 20;
        Repository.WithConventionScripts(build: "perl -e 'my $all = \"x\" x 300_000_000; sleep 9'");

        var (outcome, _) = await Fixture.BuildAsync();

        FailureOf(outcome).Code.ShouldBe("script-memory-limit");
        await Machine.NothingIsLeftAsync();
    }

    [Theory]
    [InlineData("sleep TIME &")]
    [InlineData("setsid sleep TIME &")]
    [InlineData("(setsid sh -c 'sleep TIME & exec sleep TIME' >/dev/null 2>&1 </dev/null &)")]
    [InlineData("setsid env -i sleep TIME >/dev/null 2>&1 </dev/null &")]
    public async Task A_daemon_that_a_script_leaves_behind_is_gone(string daemon)
    {
        var sleeper = new Sleeper();
        var started = daemon.Replace("TIME", sleeper.Time, StringComparison.Ordinal);
        Repository.WithConventionScripts(
            build: $"{started}\nuntil grep -qs {sleeper.Time} /proc/[0-9]*/cmdline; do sleep 0.05; done; echo it runs"
        );

        var (outcome, log) = await Fixture.BuildAsync();

        outcome.ShouldBeOfType<BuildSucceeded>(log);
        log.ShouldContain("\nit runs\n");
        await Machine.NothingIsLeftAsync();
        await Eventually.TrueAsync(() => sleeper.Running().Count == 0);
    }

    [Fact]
    public async Task The_environment_is_the_build_hosts_with_what_is_passed_on()
    {
        Environment.SetEnvironmentVariable("CANARY_API_TOKEN", "hunter2");
        Environment.SetEnvironmentVariable("LICENCE_SERVER", "licences of `example` $(org)");
        Fixture.Options.PassEnvironment = ["LICENCE_SERVER", "NOT_SET", "HOME"];
        Repository.WithConventionScripts(build: "env | sort; ls -A \"$HOME\"; test -d \"$TMPDIR\"; cat; tty || true");

        var (outcome, log) = await Fixture.BuildAsync();

        outcome.ShouldBeOfType<BuildSucceeded>(log);
        log.ShouldNotContain("hunter2");
        log.ShouldNotContain($"HOME={Environment.GetEnvironmentVariable("HOME")}\n");
        log.ShouldContain("LICENCE_SERVER=licences of `example` $(org)\n");
        log.ShouldContain("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n");
        var names = log.Split('\n')
            .Where(line => line.Contains('=') && !line.StartsWith("==>"))
            .Select(line => line.Split('=')[0]);
        names.ShouldBe(
            [
                "CANARY_APPLICATION",
                "CANARY_BRANCH",
                "CANARY_CACHE",
                "CANARY_COMMIT",
                "CI",
                "HOME",
                "LANG",
                "LICENCE_SERVER",
                "PATH",
                "PWD",
                "TMPDIR",
            ],
            ignoreOrder: true
        );
    }

    [Fact]
    public async Task A_cancelled_build_leaves_nothing_behind()
    {
        Repository.WithConventionScripts(build: "setsid sleep 1000 &\necho started\nsleep 1000");
        var command = Fixture.Command(await Repository.CommitAsync());
        using var stop = new CancellationTokenSource();
        var running = Fixture.RunAsync(command, stop.Token);
        await Eventually.TrueAsync(() => Fixture.ReadLog(command.ReleaseId).Contains("started\n"));

        await stop.CancelAsync();

        await running.ShouldThrowAsync<OperationCanceledException>();
        Fixture.ReadLog(command.ReleaseId).ShouldEndWith("==> Stopped\n");
        Machine.Leftovers().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_build_that_is_cancelled_before_its_files_are_there_ends()
    {
        Repository.WithConventionScripts();
        var command = Fixture.Command(await Repository.CommitAsync());
        using var stop = new CancellationTokenSource();
        using (Machine.Occupy())
        {
            var running = Fixture.RunAsync(command, stop.Token);
            await Eventually.TrueAsync(() => Machine.IsBusy);

            await stop.CancelAsync();

            await running.WaitAsync(TimeSpan.FromMinutes(5)).ShouldThrowAsync<OperationCanceledException>();
        }

        await Machine.NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_process_that_got_away_keeps_no_build_waiting()
    {
        Repository.WithConventionScripts(build: "env -i /bin/sleep 20 &\necho built; exit 3");

        var (outcome, log) = await Fixture.BuildAsync();

        FailureOf(outcome).Message.ShouldStartWith("script/cibuild exited with 3. It printed last:\nbuilt");
        log.ShouldContain("\nbuilt\n");
    }

    [Fact]
    public async Task A_log_that_cannot_grow_on_a_full_disk_fails_the_build_by_name_and_not_its_build_host()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Mounting a small file system takes root.");
        Repository.WithConventionScripts(build: "head -c 200000 /dev/zero | tr '\\0' x; sleep 1000");
        var command = Fixture.Command(await Repository.CommitAsync());
        await ProcessRunner.OutputOfAsync(
            "mount",
            ["-t", "tmpfs", "-o", "size=64k", "canary-test", Fixture.LogDirectory]
        );
        try
        {
            FailureOf(await Fixture.RunAsync(command)).Code.ShouldBe("disk-full");
        }
        finally
        {
            await ProcessRunner.OutputOfAsync("umount", [Fixture.LogDirectory]);
        }

        await Machine.NothingIsLeftAsync();
    }
}
