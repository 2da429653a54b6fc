using System.Diagnostics;
using Canary.CiCoordinator.Builds;
using Canary.Contracts;
using Canary.Contracts.Building;
using Canary.Failures;
using Canary.Files;
using Canary.Processes.Workspaces;
using Canary.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Canary.CiCoordinator.Tests.Builds;

/// <summary>Real git and real scripts.</summary>
public sealed class ScriptBuildTests : IAsyncLifetime
{
    private BuildPlace _place = null!;

    public async ValueTask InitializeAsync() => _place = await BuildPlace.MakeAsync();

    public ValueTask DisposeAsync() => _place.DisposeAsync();

    [Fact]
    public async Task Both_scripts_run_in_order_and_the_build_passes()
    {
        _place.Repository.WithConventionScripts(
            setup: "echo one > state; echo setting up",
            build: "cat state; echo built"
        );

        var (outcome, log) = await _place.BuildAsync();

        outcome.ShouldBeOfType<BuildSucceeded>().ScriptTime.ShouldBeGreaterThan(TimeSpan.Zero);
        var lines = log.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines[0].ShouldStartWith("==> Check out acme/shop ");
        lines[1].ShouldBe("==> script/cisetup");
        lines[2].ShouldBe("setting up");
        lines[3].ShouldStartWith("==> script/cisetup passed in ");
        lines[4].ShouldBe("==> script/cibuild");
        lines[5..7].ShouldBe(["one", "built"]);
        lines[7].ShouldStartWith("==> script/cibuild passed in ");
        await _place.NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_script_that_fails_is_named_with_its_exit_code_and_last_output()
    {
        _place.Repository.WithConventionScripts(build: "seq 1 1000; echo 'the reason' >&2; exit 3");

        var (outcome, log) = await _place.BuildAsync();

        var failure = BuildPlace.FailureOf(outcome);
        failure.Code.ShouldBe("script-failed");
        failure.Message.ShouldStartWith("script/cibuild exited with 3.");
        failure.Message.ShouldEndWith("1000\nthe reason");
        failure.Message.ShouldNotContain("\n980\n");
        log.ShouldContain("\n500\n");
        log.ShouldContain("==> Failed (script-failed): script/cibuild exited with 3.");
        await _place.NothingIsLeftAsync();
    }

    [Fact]
    public async Task Setup_that_fails_ends_the_build()
    {
        _place.Repository.WithConventionScripts(setup: "false", build: "echo never");

        var (outcome, log) = await _place.BuildAsync();

        BuildPlace.FailureOf(outcome).Message.ShouldStartWith("script/cisetup exited with 1. It printed nothing.");
        log.ShouldNotContain("never");
    }

    [Fact]
    public async Task A_script_that_hangs_is_stopped()
    {
        _place.Options.TimeLimit = TimeSpan.FromMilliseconds(500);
        _place.Repository.WithConventionScripts(build: "echo waiting; sleep 1000");

        var (outcome, _) = await _place.BuildAsync();

        var failure = BuildPlace.FailureOf(outcome);
        failure.Code.ShouldBe("script-timed-out");
        failure.Message.ShouldContain("waiting");
        failure.Remedy.ShouldContain("ci-coordinator.builds.time-limit");
        await _place.NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_script_that_floods_is_stopped_and_its_log_stays_bounded()
    {
        _place.Options.OutputLimit = 100_000;
        _place.Repository.WithConventionScripts(setup: "head -c 60000 /dev/zero | tr '\\0' x", build: "yes");

        var (outcome, log) = await _place.BuildAsync();

        var failure = BuildPlace.FailureOf(outcome);
        failure.Code.ShouldBe("script-output-limit");
        failure.Message.Length.ShouldBeLessThan(3000);
        log.Length.ShouldBeInRange(100_000, 110_000);
        await _place.NothingIsLeftAsync();
    }

    [Theory]
    [InlineData("sleep 1000 &")]
    [InlineData("setsid sleep 1000 &")]
    [InlineData("(setsid sh -c 'sleep 1000 & exec sleep 1000' >/dev/null 2>&1 </dev/null &)")]
    public async Task A_daemon_that_a_script_leaves_behind_is_gone(string daemon)
    {
        _place.Repository.WithConventionScripts(build: $"{daemon}\nsleep 0.2");

        var (outcome, _) = await _place.BuildAsync();

        outcome.ShouldBeOfType<BuildSucceeded>();
        await _place.NothingIsLeftAsync();
    }

    [Fact]
    public async Task Our_environment_stays_here_except_what_is_passed_on()
    {
        Environment.SetEnvironmentVariable("CANARY_API_TOKEN", "hunter2");
        Environment.SetEnvironmentVariable("LICENCE_SERVER", "licences.example.org");
        _place.Options.PassEnvironment = ["LICENCE_SERVER", "NOT_SET"];
        _place.Repository.WithConventionScripts(
            build: "env | sort; pwd; ls -A \"$HOME\"; test -d \"$TMPDIR\"; tty || true"
        );

        var (outcome, log) = await _place.BuildAsync();

        outcome.ShouldBeOfType<BuildSucceeded>();
        log.ShouldNotContain("hunter2");
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
        log.ShouldContain("\nHOME=/home/build\n");
        log.ShouldContain("\nTMPDIR=/tmp\n");
        log.ShouldContain("\n/build\n");
        log.ShouldContain("not a tty");
    }

    [Theory]
    [InlineData("script/cisetup")]
    [InlineData("script/cibuild")]
    public async Task A_missing_script_is_named_with_the_remedy(string missing)
    {
        _place.Repository.WithConventionScripts().Without(missing);

        var (outcome, log) = await _place.BuildAsync();

        var failure = BuildPlace.FailureOf(outcome);
        failure.Code.ShouldBe("script-missing");
        failure.Message.ShouldContain(missing);
        failure.Remedy.ShouldContain(missing);
        log.ShouldContain($"no {missing}");
        await _place.NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_script_without_the_executable_bit_runs_by_its_first_line()
    {
        _place
            .Repository.WithFile("script/cisetup", "#!/bin/sh\necho plain\n")
            .WithFile("script/cibuild", "#! /usr/bin/env sh\necho by \"$0\"\n");

        var (outcome, log) = await _place.BuildAsync();

        outcome.ShouldBeOfType<BuildSucceeded>();
        log.ShouldContain("\nplain\n");
        log.ShouldContain("/script/cibuild\n");
    }

    [Fact]
    public async Task A_script_that_is_neither_executable_nor_says_how_to_run_is_named_with_the_remedy()
    {
        _place.Repository.WithConventionScripts().WithFile("script/cibuild", "echo hello\n");

        var (outcome, _) = await _place.BuildAsync();

        var failure = BuildPlace.FailureOf(outcome);
        failure.Code.ShouldBe("script-not-executable");
        failure.Remedy.ShouldContain("git update-index --chmod=+x script/cibuild");
    }

    [Fact]
    public async Task An_interpreter_that_does_not_exist_fails_the_build()
    {
        _place
            .Repository.WithConventionScripts()
            .WithFile("script/cibuild", "#!/no/such/interpreter\n", executable: true);

        var (outcome, _) = await _place.BuildAsync();

        BuildPlace.FailureOf(outcome).Code.ShouldBe("script-failed");
    }

    [Fact]
    public async Task Names_from_the_push_are_never_interpreted()
    {
        const string evil = "x;touch${IFS}pwned`touch pwned`$(touch pwned)|../'\"\u001b[31m";
        _place.Repository.WithConventionScripts(build: "printf '%s|' \"$CANARY_BRANCH\"; ls");
        var commit = await _place.Repository.CommitAsync(evil);

        var (outcome, log) = await _place.BuildAsync(commit, branch: evil);

        outcome.ShouldBeOfType<BuildSucceeded>();
        log.ShouldContain(evil.Replace("\u001b[31m", "", StringComparison.Ordinal) + "|");
        log.ShouldNotContain("\npwned\n");
        log.Split('\n')[0].ShouldNotContain("\u001b");
        Directory.EnumerateFiles(_place.Data, "pwned", SearchOption.AllDirectories).ShouldBeEmpty();
    }

    [Fact]
    public async Task Terminal_sequences_stay_out_of_logs_and_failures()
    {
        _place.Repository.WithConventionScripts(
            build: "printf '\\033[31mred\\033[0m\\033]0;title\\007\\b!\\n'; exit 1"
        );

        var (outcome, log) = await _place.BuildAsync();

        BuildPlace.FailureOf(outcome).Message.ShouldEndWith("\nred!");
        log.ShouldContain("\nred!\n");
    }

    [Fact]
    public async Task A_commit_that_does_not_exist_fails_the_build()
    {
        await _place.Repository.WithConventionScripts().CommitAsync();

        var (outcome, _) = await _place.BuildAsync(new string('1', 40));

        BuildPlace.FailureOf(outcome).Code.ShouldBe("commit-missing");
    }

    [Fact]
    public async Task A_repository_that_is_away_is_tried_again_before_the_build_fails()
    {
        var job = _place.Job();
        var command = _place.Command(new string('1', 40), "main") with
        {
            Source = _place.Source(new string('1', 40), "main") with { CloneUrl = "/no/such/repository" },
        };

        var error = await job.RunAsync(command, CancellationToken.None).ShouldThrowAsync<CanaryException>();

        BuildPlace.FailureOf(job.Faulted(command, error)).Code.ShouldBe("repository-unreachable");
    }

    [Fact]
    public async Task A_cancelled_build_leaves_nothing_behind()
    {
        _place.Repository.WithConventionScripts(build: "setsid sleep 1000 &\necho started\nsleep 1000");
        var commit = await _place.Repository.CommitAsync();
        using var stop = new CancellationTokenSource();
        var command = _place.Command(commit, "main");
        var running = _place.Job().RunAsync(command, stop.Token);
        await Eventually.TrueAsync(() => _place.ReadLog(command.ReleaseId).Contains("started\n"));

        await stop.CancelAsync();

        await running.ShouldThrowAsync<OperationCanceledException>();
        _place.ReadLog(command.ReleaseId).ShouldEndWith("==> Stopped\n");
        await _place.NothingIsLeftAsync();
    }

    [Fact]
    public async Task Another_attempt_goes_on_in_the_same_log()
    {
        _place.Repository.WithConventionScripts();
        var command = _place.Command(await _place.Repository.CommitAsync(), "main");

        await _place.Job().RunAsync(command, CancellationToken.None);
        await _place.Job().RunAsync(command, CancellationToken.None);

        _place.ReadLog(command.ReleaseId).Split("==> Check out").Length.ShouldBe(3);
    }

    [Fact]
    public async Task A_commit_without_files_is_named_as_such()
    {
        var (outcome, _) = await _place.BuildAsync();

        outcome.ShouldBeOfType<BuildFailed>().Failure.Code.ShouldBe("commit-empty");
        await _place.NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_log_that_cannot_grow_on_a_full_disk_fails_the_build_by_name()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Mounting a small file system takes root.");
        _place.Repository.WithConventionScripts();
        var commit = await _place.Repository.CommitAsync();
        var command = _place.Command(commit, "main");
        var logs = Path.Combine(_place.Data, "ci-coordinator", "logs");
        await ProcessRunner.OutputOfAsync("mount", ["-t", "tmpfs", "-o", "size=64k", "canary-test", logs]);
        try
        {
            await File.WriteAllBytesAsync(Path.Combine(logs, "ballast"), new byte[64 << 10]);

            var failure = (await _place.Job().RunAsync(command, CancellationToken.None))
                .ShouldBeOfType<BuildFailed>()
                .Failure;

            failure.Code.ShouldBe("disk-full");
            failure.Remedy.ShouldStartWith("Free space there");
        }
        finally
        {
            await ProcessRunner.OutputOfAsync("umount", [logs]);
        }
    }

    [Fact]
    public async Task Without_a_provider_every_commit_passes()
    {
        _place.Options.Provider = NoBuildProvider.ProviderName;

        var (outcome, _) = await _place.BuildAsync(new string('1', 40));

        outcome.ShouldBeOfType<BuildSucceeded>().ScriptTime.ShouldBe(TimeSpan.Zero);
    }
}
