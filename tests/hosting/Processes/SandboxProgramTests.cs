using System.Diagnostics;
using System.Globalization;
using Canary.Testing;

namespace Canary.Hosting.Tests.Processes;

/// <summary><c>hosts/canary-sandbox</c> itself, started by root and by an ordinary user.</summary>
public sealed class SandboxProgramTests : IDisposable
{
    private const string Ordinary = "65534";

    private readonly TempDirectory _place = new();

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_program_reaches_what_it_was_lent_and_nothing_else_of_the_same_user(bool asRoot)
    {
        var secret = _place.WriteFile("secret", "hunter2");
        using var victim = StartAs(asRoot, ["sleep", "300"]);

        var (code, output, report) = await RunAsync(
            asRoot,
            $"""
            id -un; pwd; touch here "$HOME/here" /tmp/here && echo written
            cat {secret} || echo unread
            kill -KILL {victim.Id} || echo alive
            kill -KILL 1; kill -KILL 0 & wait; echo still here
            """
        );

        output.ShouldContain("build\n/build\nwritten\n");
        output.ShouldContain("unread\n");
        output.ShouldContain("alive\n");
        output.ShouldNotContain("hunter2");
        victim.HasExited.ShouldBeFalse();
        victim.Kill();
        report.ShouldBe("started\n");
        code.ShouldBe(128 + 9);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Rights_are_gone_for_good(bool asRoot)
    {
        var (_, output, _) = await RunAsync(
            asRoot,
            "grep -E '^(CapEff|CapBnd|NoNewPrivs|Seccomp):' /proc/self/status | tr -d '\\t'; unshare --user true || echo no namespace"
        );

        output.ShouldContain("CapEff:0000000000000000\nCapBnd:0000000000000000\nNoNewPrivs:1\nSeccomp:2\n");
        output.ShouldContain("no namespace\n");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_a_program_leaves_ends_with_it(bool asRoot)
    {
        var sleeper = new Sleeper();

        var (code, _, _) = await RunAsync(
            asRoot,
            $"env -i setsid sh -c '(setsid sleep {sleeper.Time} </dev/null >/dev/null 2>&1 &)'; exit 3"
        );

        code.ShouldBe(3);
        sleeper.Running().ShouldBeEmpty();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_kill_from_outside_ends_everything(bool asRoot)
    {
        var sleeper = new Sleeper();
        using var sandbox = Start(asRoot, $"sleep {sleeper.Time} & setsid sleep {sleeper.Time}");
        await Eventually.TrueAsync(() => sleeper.Running().Count == 2);

        await ProcessRunner.RunAsync("kill", ["-KILL", sandbox.Id.ToString(CultureInfo.InvariantCulture)]);

        await Eventually.TrueAsync(() => sleeper.Running().Count == 0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_program_that_is_told_to_end_may_say_goodbye(bool asRoot)
    {
        using var sandbox = Start(
            asRoot,
            "trap 'echo goodbye > /build/said; exit 7' TERM; touch /build/ready; while :; do sleep 0.05; done"
        );
        await Eventually.TrueAsync(() => File.Exists(_place.Combine("work", "ready")));

        await ProcessRunner.RunAsync("kill", ["-TERM", sandbox.Id.ToString(CultureInfo.InvariantCulture)]);
        await sandbox.WaitForExitAsync(TestContext.Current.CancellationToken);

        sandbox.ExitCode.ShouldBe(7);
        (await File.ReadAllTextAsync(_place.Combine("work", "said"))).ShouldBe("goodbye\n");
    }

    [Theory]
    [InlineData(false, "--memory=64000000", "perl -e 'my $all = \"x\" x 300_000_000; sleep 9'", "memory 64000000\n")]
    [InlineData(true, "--memory=64000000", "perl -e 'my $all = \"x\" x 300_000_000; sleep 9'", "memory 64000000\n")]
    [InlineData(false, "--disk=4000000", "mkdir a; head -c 9000000 /dev/zero > a/b; sleep 9", "disk 4000000\n")]
    [InlineData(true, "--disk=4000000", "mkdir a; head -c 9000000 /dev/zero > a/b; sleep 9", "disk 4000000\n")]
    public async Task A_limit_that_is_passed_ends_the_program_and_is_reported(
        bool asRoot,
        string limit,
        string script,
        string expected
    )
    {
        var (code, _, report) = await RunAsync(asRoot, script, limit);

        report.ShouldBe(expected);
        code.ShouldBe(128 + 9);
    }

    /// <summary>systemd shares all mounts with whoever has a copy of them: what is unmounted there is unmounted here.</summary>
    [Fact]
    public async Task A_program_with_a_network_of_its_own_leaves_the_mounts_of_this_machine_alone()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Mounting takes root.");
        var shared = _place.CreateDirectory("shared");
        await ProcessRunner.OutputOfAsync("mount", ["--types", "tmpfs", "--make-shared", "outer", shared]);
        try
        {
            var inner = Directory.CreateDirectory(Path.Combine(shared, "inner")).FullName;
            await ProcessRunner.OutputOfAsync("mount", ["--types", "tmpfs", "inner", inner]);

            var (_, output, _) = await RunAsync(asRoot: true, "cat /proc/net/dev", "--network=private");

            output.ShouldContain("tap0");
            (await ProcessRunner.RunAsync("mountpoint", [inner])).EnsureSuccess();
        }
        finally
        {
            await ProcessRunner.RunAsync("umount", ["--recursive", shared]);
        }
    }

    [Theory]
    [InlineData("--network=all", "--network is private, none or automatic")]
    [InlineData("--allow=10.0.0.0", "'10.0.0.0' is no IPv4 network")]
    [InlineData("--deny=10.0.0.0/33", "'10.0.0.0/33' is no IPv4 network")]
    [InlineData("--read=etc", "'etc' is no absolute path")]
    [InlineData("--verbose", "Unknown option: verbose")]
    public async Task What_makes_no_sense_is_said(string option, string expected)
    {
        var (code, output, _) = await RunAsync(asRoot: true, "true", option);

        code.ShouldBe(64);
        output.ShouldBe($"canary-sandbox: {expected}\n");
    }

    [Fact]
    public async Task Where_the_file_system_cannot_be_put_together_the_report_says_why()
    {
        Directory.CreateDirectory(_place.Combine("work"));
        await File.WriteAllTextAsync(_place.Combine("tmp"), "no directory");

        var (code, _, report) = await RunAsync(asRoot: true, "true");

        code.ShouldBe(77);
        report.ShouldBe($"unavailable mount {_place.Combine("tmp")}: Not a directory\n");
    }

    private async Task<(int Code, string Output, string Report)> RunAsync(
        bool asRoot,
        string script,
        params string[] options
    )
    {
        using var process = Start(asRoot, script, options);
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        var report = _place.Combine("report");
        return (
            process.ExitCode,
            output + await errors,
            File.Exists(report) ? await File.ReadAllTextAsync(report) : ""
        );
    }

    private Process Start(bool asRoot, string script, params string[] options)
    {
        Assert.SkipUnless(asRoot || Environment.IsPrivilegedProcess, "Becoming somebody else takes root.");
        foreach (
            var directory in new[] { "work", "home", "tmp", "cache", "root" }.Where(it =>
                !Path.Exists(_place.Combine(it))
            )
        )
        {
            _place.CreateDirectory(directory);
        }
        var program = _place.WriteFile(
            "canary-sandbox",
            File.ReadAllText(SourceTree.PathOf("hosts", "canary-sandbox")),
            executable: true
        );
        if (!asRoot)
        {
            ProcessRunner
                .RunAsync("chown", ["-R", $"{Ordinary}:{Ordinary}", _place.Path])
                .GetAwaiter()
                .GetResult()
                .EnsureSuccess();
        }
        return StartAs(
            asRoot,
            [
                program,
                $"--workspace={_place.Combine("work")}",
                $"--home={_place.Combine("home")}",
                $"--temporary={_place.Combine("tmp")}",
                $"--cache={_place.Combine("cache")}",
                $"--root={_place.Combine("root")}",
                $"--report={_place.Combine("report")}",
                "--user=1879048200",
                "--network=none",
                .. options,
                "--",
                "/bin/sh",
                "-c",
                script,
            ]
        );
    }

    private static Process StartAs(bool asRoot, string[] command)
    {
        string[] all = asRoot
            ? command
            : ["setpriv", $"--reuid={Ordinary}", $"--regid={Ordinary}", "--clear-groups", .. command];
        var start = new ProcessStartInfo(all[0], all[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["HOME"] = "/home/build";
        return Process.Start(start)!;
    }
}
