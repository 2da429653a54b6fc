using System.Runtime.InteropServices;
using System.Text;
using Canary.Failures;
using Canary.Processes;
using Canary.Testing;

namespace Canary.Hosting.Tests.Processes;

public sealed class SupervisedProcessTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Exit_code_and_output_are_reported()
    {
        var result = await RunAsync("echo out; echo err >&2; exit 3");

        result.Ending.ShouldBe(ProcessEnding.Exited);
        result.ExitCode.ShouldBe(3);
        result.Succeeded.ShouldBeFalse();
        result.OutputTail.ShouldBe("out\nerr\n");
    }

    [Fact]
    public async Task Standard_output_and_error_keep_their_order()
    {
        var result = await RunAsync("i=0; while [ $i -lt 400 ]; do echo $i; i=$((i+1)); echo $i >&2; i=$((i+1)); done");

        result.OutputTail.ShouldBe(string.Concat(Enumerable.Range(0, 400).Select(i => $"{i}\n")));
    }

    [Fact]
    public async Task Arguments_reach_the_program_as_they_are()
    {
        string[] arguments = ["$(touch pwned)", "`id`", "a b", "", "'\"", "-n", "*", "ü\n;"];

        var result = await SupervisedProcess.RunAsync(
            Spec("/usr/bin/printf") with
            {
                Arguments = ["%s|", .. arguments],
            }
        );

        result.OutputTail.ShouldBe(string.Concat(arguments.Select(argument => argument + "|")));
        File.Exists(_directory.Combine("pwned")).ShouldBeFalse();
    }

    [Fact]
    public async Task Nothing_of_our_environment_is_inherited()
    {
        Environment.SetEnvironmentVariable("CANARY_TEST_SECRET", "hunter2");

        var result = await SupervisedProcess.RunAsync(
            Spec("/usr/bin/env") with
            {
                Environment = new Dictionary<string, string> { ["GIVEN"] = "yes" },
                CaptureStandardOutput = true,
            }
        );

        var variables = Encoding
            .UTF8.GetString(result.StandardOutput.Span)
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);
        variables.ShouldContain("GIVEN=yes");
        variables.ShouldAllBe(line => line.StartsWith("GIVEN=") || line.StartsWith("CANARY_PROCESS_"));
    }

    [Fact]
    public async Task Standard_input_is_at_its_end() =>
        (await RunAsync("cat; echo done")).OutputTail.ShouldBe("done\n");

    [Fact]
    public async Task It_has_a_session_of_its_own()
    {
        var result = await RunAsync("cut -d' ' -f1,5,6 /proc/$$/stat");

        result.OutputTail.Trim().Split(' ').Distinct().Count().ShouldBe(1);
    }

    [Fact]
    public async Task Standard_output_can_be_captured_apart()
    {
        var result = await SupervisedProcess.RunAsync(
            Shell("echo err >&2; printf '\\377\\000'") with
            {
                CaptureStandardOutput = true,
            }
        );

        result.StandardOutput.ToArray().ShouldBe([0xff, 0]);
        result.OutputTail.ShouldBe("err\n");
    }

    [Fact]
    public async Task Long_output_is_streamed_whole_and_its_tail_kept()
    {
        var streamed = new MemoryStream();

        var result = await SupervisedProcess.RunAsync(
            Shell("seq 1 100000; printf 'é%.0s' $(seq 1 50)") with
            {
                TailLength = 33,
                Output = bytes =>
                {
                    streamed.Write(bytes.Span);
                    return ValueTask.CompletedTask;
                },
            }
        );

        var expected = string.Concat(Enumerable.Range(1, 100_000).Select(i => $"{i}\n")) + new string('é', 50);
        Encoding.UTF8.GetString(streamed.ToArray()).ShouldBe(expected);
        result.OutputTail.ShouldBe(new string('é', 16));
    }

    [Fact]
    public async Task A_flood_is_stopped_at_the_limit()
    {
        var received = 0L;

        var result = await SupervisedProcess.RunAsync(
            Shell("yes") with
            {
                OutputLimit = 1_000_000,
                Output = bytes =>
                {
                    received += bytes.Length;
                    return ValueTask.CompletedTask;
                },
            }
        );

        result.Ending.ShouldBe(ProcessEnding.OutputLimit);
        result.Succeeded.ShouldBeFalse();
        received.ShouldBe(1_000_000);
    }

    [Fact]
    public async Task A_flood_that_ends_before_we_look_is_still_over_the_limit()
    {
        var result = await SupervisedProcess.RunAsync(Shell("seq 1 10000") with { OutputLimit = 10 });

        result.Ending.ShouldBe(ProcessEnding.OutputLimit);
    }

    [Fact]
    public async Task What_hangs_is_stopped_at_the_time_limit()
    {
        var result = await SupervisedProcess.RunAsync(
            Shell("sleep 1000 & echo $! > child; wait") with
            {
                TimeLimit = TimeSpan.FromMilliseconds(300),
            }
        );

        result.Ending.ShouldBe(ProcessEnding.TimedOut);
        await ShouldBeGoneAsync("child");
    }

    [Fact]
    public async Task What_ignores_the_request_to_end_is_killed()
    {
        using var stop = new CancellationTokenSource();
        var running = SupervisedProcess.RunAsync(
            Shell("trap '' TERM HUP INT; echo $$ > child; while :; do sleep 0.1; done") with
            {
                Grace = TimeSpan.FromMilliseconds(50),
            },
            stop.Token
        );
        await Eventually.TrueAsync(() => Pid("child") > 0);
        await stop.CancelAsync();

        var result = await running;

        result.Ending.ShouldBe(ProcessEnding.Cancelled);
        result.ExitCode.ShouldBe(128 + 9);
        await ShouldBeGoneAsync("child");
    }

    [Fact]
    public async Task What_is_asked_to_end_may_clean_up()
    {
        using var stop = new CancellationTokenSource();
        var running = SupervisedProcess.RunAsync(
            Shell("trap 'echo bye; exit 7' TERM; echo $$ > child; while :; do sleep 0.02; done"),
            stop.Token
        );
        await Eventually.TrueAsync(() => Pid("child") > 0);
        await stop.CancelAsync();

        var result = await running;

        result.Ending.ShouldBe(ProcessEnding.Cancelled);
        result.ExitCode.ShouldBe(7);
        result.OutputTail.ShouldEndWith("bye\n");
    }

    [Theory]
    [InlineData("sleep 1000 & echo $! > child")]
    [InlineData("setsid sleep 1000 & echo $! > child")]
    [InlineData(
        "setsid sh -c 'setsid sh -c \"echo \\$\\$ > child; exec sleep 1000\" & exit 0' & while ! [ -s child ]; do :; done"
    )]
    [InlineData("setsid sleep 1000 >/dev/null 2>&1 </dev/null & echo $! > child")]
    [InlineData(
        "(trap '' TERM HUP; echo $(exec sh -c 'echo $PPID') > child; while :; do sleep 0.1; done) & while ! [ -s child ]; do :; done"
    )]
    public async Task Background_processes_are_gone_when_the_program_has_exited(string script)
    {
        var result = await RunAsync(script);

        result.Ending.ShouldBe(ProcessEnding.Exited);
        result.ExitCode.ShouldBe(0);
        await ShouldBeGoneAsync("child");
    }

    /// <summary>A process that hides its arguments and environment for a while (prctl(2), PR_SET_MM_MAP) looks as one in the midst of
    /// execve(2).</summary>
    [Fact]
    public async Task A_process_that_is_becoming_another_program_is_looked_at_again()
    {
        Assert.SkipUnless(
            RuntimeInformation.ProcessArchitecture == Architecture.X64,
            "System calls have other numbers."
        );
        const string Hidden = """
            open my $stat, '<', '/proc/self/stat';
            my @field = (0, split ' ', <$stat>);
            my @code = @field[26, 27, 45, 46, 47];
            my @texts = @field[48 .. 51];
            sub show {
              my $map = pack 'Q11QLl', @code, syscall(12, 0), $field[28], @_, 0, 0, -1;
              syscall(157, 35, 14, $map, length $map, 0) == 0 or die "prctl: $!";
            }
            show(@texts[1, 1, 3, 3]);
            open my $file, '>', 'child'; print $file $$; close $file;
            select undef, undef, undef, 0.5;
            show(@texts);
            sleep 1000;
            """;
        await File.WriteAllTextAsync(_directory.Combine("hidden.pl"), Hidden, TestContext.Current.CancellationToken);

        var result = await RunAsync("setsid perl hidden.pl & while ! [ -s child ] && kill -0 $!; do :; done");

        result.ExitCode.ShouldBe(0);
        await ShouldBeGoneAsync("child");
    }

    [Fact]
    public async Task A_daemon_that_may_stay_stays_and_does_not_hold_us_up()
    {
        var result = await SupervisedProcess.RunAsync(
            Shell("setsid sleep 1000 & echo $! > child; echo started") with
            {
                Leftovers = Leftovers.Leave,
            }
        );

        result.Succeeded.ShouldBeTrue();
        result.OutputTail.ShouldBe("started\n");
        IsAlive(Pid("child")).ShouldBeTrue();

        SupervisedProcess.Sweep(_directory.Path);
        await ShouldBeGoneAsync("child");
    }

    [Fact]
    public async Task All_that_a_process_wrote_is_kept_although_its_daemon_holds_the_pipe_open()
    {
        // Many at once: the reading comes late, and a process may have ended long before.
        var results = await Task.WhenAll(
            Enumerable
                .Range(0, 40)
                .Select(_ =>
                    SupervisedProcess.RunAsync(
                        Shell("setsid sleep 1000 & head -c 50000 /dev/zero; echo end") with
                        {
                            CaptureStandardOutput = true,
                            Leftovers = Leftovers.Leave,
                        }
                    )
                )
        );

        SupervisedProcess.Sweep(_directory.Path);
        results.ShouldAllBe(result => result.StandardOutput.Length == 50004);
    }

    [Fact]
    public async Task Sweep_kills_only_what_belongs_to_the_directory()
    {
        var mine = _directory.CreateDirectory("mine", "inner");
        var other = _directory.CreateDirectory("mine-too");
        await SupervisedProcess.RunAsync(
            Shell("setsid sleep 1000 & echo $! > a") with
            {
                Owner = mine,
                Leftovers = Leftovers.Leave,
            }
        );
        await SupervisedProcess.RunAsync(
            Shell("setsid sleep 1000 & echo $! > b") with
            {
                Owner = other,
                Leftovers = Leftovers.Leave,
            }
        );

        SupervisedProcess.Sweep(_directory.Combine("mine") + "/").ShouldBe(1);

        await ShouldBeGoneAsync("a");
        IsAlive(Pid("b")).ShouldBeTrue();
        SupervisedProcess.Sweep(other).ShouldBe(1);
    }

    [Fact]
    public async Task A_receiver_that_fails_stops_the_process_and_fails_the_run()
    {
        var running = SupervisedProcess.RunAsync(
            Shell("echo $$ > child; echo first; exec sleep 1000") with
            {
                Output = _ => throw new IOException("disk full"),
            }
        );

        (await running.ShouldThrowAsync<IOException>()).Message.ShouldBe("disk full");
        await ShouldBeGoneAsync("child");
    }

    [Theory]
    [InlineData("no-such-program")]
    [InlineData("./no-such-program")]
    [InlineData("/no/such/program")]
    public async Task A_missing_program_is_named(string program)
    {
        var error = await SupervisedProcess.RunAsync(Spec(program)).ShouldThrowAsync<CanaryException>();

        error.Code.ShouldBe("program-missing");
        error.Message.ShouldContain($"'{program}'");
    }

    [Fact]
    public async Task A_program_is_found_beside_the_working_directory()
    {
        _directory.WriteFile("tool with space", "#!/bin/sh\necho \"$0\"\n", executable: true);

        var result = await SupervisedProcess.RunAsync(Spec("./tool with space"));

        result.OutputTail.ShouldBe(_directory.Combine("tool with space") + "\n");
    }

    private Task<ProcessResult> RunAsync(string script) => SupervisedProcess.RunAsync(Shell(script));

    private ProcessSpec Shell(string script) => Spec("/bin/sh") with { Arguments = ["-c", script] };

    private ProcessSpec Spec(string program) =>
        new()
        {
            FileName = program,
            WorkingDirectory = _directory.Path,
            Owner = _directory.Path,
            Environment = new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin" },
        };

    private int Pid(string file)
    {
        var path = _directory.Combine(file);
        return File.Exists(path) && int.TryParse(File.ReadAllText(path), out var pid) ? pid : 0;
    }

    private Task ShouldBeGoneAsync(string file)
    {
        var pid = Pid(file);
        pid.ShouldBeGreaterThan(0);
        return Eventually.TrueAsync(() => !IsAlive(pid));
    }

    private static bool IsAlive(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..][0] != 'Z';
        }
        catch (IOException)
        {
            return false;
        }
    }
}
