using Canary.Contracts;
using Canary.Contracts.Building;
using Canary.Testing;

namespace Canary.CiCoordinator.Tests.Builds.Hosts;

/// <summary>Build hosts that die, fall silent or lack something while a build is on them.</summary>
public sealed class LostBuildHostTests : BuildHostTests
{
    protected override bool Sandboxed => false;

    [Fact]
    public async Task A_build_that_loses_its_build_host_begins_anew_on_another()
    {
        var other = await Fixture.AddMachineAsync("build-2");
        var flag = Machine.PathOf("flag");
        Repository.WithConventionScripts(build: $"echo started; test -e {flag} || sleep 1000");
        var command = Fixture.Command(await Repository.CommitAsync());
        var running = Fixture.RunAsync(command);
        await Eventually.TrueAsync(() => Fixture.ReadLog(command.ReleaseId).Contains("started\n"));
        await File.WriteAllTextAsync(flag, "");

        await Task.WhenAll(Machine.CutConnectionsAsync(), other.CutConnectionsAsync());

        var log = () => Fixture.ReadLog(command.ReleaseId);
        (await running).ShouldBeOfType<BuildSucceeded>(log());
        log().ShouldContain("\n==> On build-1\n");
        log().ShouldContain("\n==> On build-2\n");
        log().ShouldContain("broke");
        await Machine.NothingIsLeftAsync();
        await other.NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_build_that_its_build_host_gives_up_begins_anew_on_another_and_the_next_cleans_up()
    {
        var other = await Fixture.AddMachineAsync("build-2");
        var flag = Machine.PathOf("flag");
        Repository.WithConventionScripts(
            build: $"echo started; test -e {flag} || {{ touch {flag}; setsid sleep 1000 & sleep 1000; }}"
        );
        var command = Fixture.Command(await Repository.CommitAsync());
        var running = Fixture.RunAsync(command);
        await Eventually.TrueAsync(() => File.Exists(flag));

        await Task.WhenAll(Machine.KillHoldersAsync(), other.KillHoldersAsync());

        (await running).ShouldBeOfType<BuildSucceeded>(Fixture.ReadLog(command.ReleaseId));
        Machine.Leftovers().Concat(other.Leftovers()).ShouldNotBeEmpty();

        // Each of them gets another build.
        Repository.WithConventionScripts(build: "sleep 1");
        var next = Fixture.Command(await Repository.CommitAsync("another"));
        await Eventually.TrueAsync(async () =>
        {
            await Task.WhenAll(Fixture.RunAsync(next), Fixture.RunAsync(next with { ReleaseId = Guid.NewGuid() }));
            return !Machine.Leftovers().Concat(other.Leftovers()).Any();
        });
    }

    [Fact]
    public async Task A_build_host_that_gives_no_sign_of_life_loses_its_builds_to_another()
    {
        Fixture.Options.Hosts.Silence = TimeSpan.FromSeconds(4);
        var other = await Fixture.AddMachineAsync("build-2");
        var flag = Machine.PathOf("flag");
        Repository.WithConventionScripts(build: $"echo started; test -e {flag} || {{ touch {flag}; sleep 1000; }}");
        var command = Fixture.Command(await Repository.CommitAsync());
        var running = Fixture.RunAsync(command);
        await Eventually.TrueAsync(() => File.Exists(flag));

        await Task.WhenAll(Machine.FreezeAsync(), other.FreezeAsync());

        (await running).ShouldBeOfType<BuildSucceeded>();
        Fixture.ReadLog(command.ReleaseId).ShouldContain("has given no sign of life for 4 s.");
        await Task.WhenAll(Machine.FreezeAsync(frozen: false), other.FreezeAsync(frozen: false));
        await Machine.NothingIsLeftAsync();
        await other.NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_long_silence_of_a_script_is_no_sign_of_death()
    {
        Fixture.Options.Hosts.Silence = TimeSpan.FromSeconds(4);
        Repository.WithConventionScripts(build: "sleep 9");

        var (outcome, log) = await Fixture.BuildAsync();

        outcome.ShouldBeOfType<BuildSucceeded>(log);
    }

    [Fact]
    public async Task A_commit_that_brings_build_hosts_down_fails_in_the_end()
    {
        await Fixture.AddMachineAsync("build-2");
        await Fixture.AddMachineAsync("build-3");
        // The parent of what runs a script belongs to its connection.
        Repository.WithConventionScripts(
            build: """
            echo on; for pid in $(ps -eo pid=,ppid=,args= | awk -v p=$PPID '$1 == p { print $2 }'); do kill -KILL $pid; done
            sleep 1000
            """
        );

        var (outcome, log) = await Fixture.BuildAsync();

        FailureOf(outcome).Code.ShouldBe("build-host-lost");
        log.Split("==> On build-").Length.ShouldBe(4);
    }

    [Fact]
    public async Task A_build_host_without_the_command_is_said_to_lack_it()
    {
        Machine.Answer(Fixture.PublicKey, "echo nothing like that here >&2; exit 127");
        Repository.WithConventionScripts();

        var (outcome, log) = await Fixture.BuildAsync();

        var failure = FailureOf(outcome);
        failure.Code.ShouldBe("build-host-unfit");
        failure.Message.ShouldBe("build-1 cannot build: nothing like that here");
        failure.Remedy.ShouldContain("hosts/install-build-host.sh");
        log.ShouldContain("==> build-1 cannot build: nothing like that here\n");
    }

    [Fact]
    public async Task A_build_host_without_space_for_the_files_says_so()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Mounting a small file system takes root.");
        Repository.WithConventionScripts().WithFile("large", new string('x', 3 << 20));
        using var small = await Machine.LimitSpaceAsync("1m");

        var (outcome, _) = await Fixture.BuildAsync();

        var failure = FailureOf(outcome);
        failure.Code.ShouldBe("build-host-unfit");
        failure.Message.ShouldContain("No space left on device");
    }
}
