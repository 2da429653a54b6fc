using Canary.Contracts.Building;
using Canary.Testing;

namespace Canary.CiCoordinator.Tests.Builds.Hosts;

/// <summary>Commits of forks on build hosts: they run in a sandbox or not at all.</summary>
public sealed class SshForkTests : IAsyncLifetime
{
    private BuildFixture _fixture = null!;

    public async ValueTask InitializeAsync() => _fixture = await BuildFixture.StartAsync();

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    [Fact]
    public async Task A_build_host_with_a_sandbox_builds_one()
    {
        await _fixture.AddMachineAsync();

        var (outcome, log) = await BuildAsync("pwd", isFork: true);

        outcome.ShouldBeOfType<BuildSucceeded>(log);
        log.ShouldContain("\n/build\n");
    }

    [Fact]
    public async Task A_build_host_without_a_sandbox_builds_none_and_one_of_a_branch_of_its_own()
    {
        _fixture.Sandboxed = false;
        var machine = await _fixture.AddMachineAsync();
        var ran = machine.PathOf("ran");

        var (fork, _) = await BuildAsync($"touch {ran}", isFork: true);

        var failure = fork.ShouldBeOfType<BuildFailed>().Failure;
        failure.Code.ShouldBe("fork-needs-sandbox");
        failure.Message.ShouldBe("The commit of a fork is not built on build-1, which does without a sandbox.");
        File.Exists(ran).ShouldBeFalse();
        await machine.NothingIsLeftAsync();

        var (own, log) = await BuildAsync($"touch {ran}", isFork: false);
        own.ShouldBeOfType<BuildSucceeded>(log);
        File.Exists(ran).ShouldBeTrue();
    }

    [Fact]
    public async Task A_build_host_with_a_program_of_an_earlier_version_builds_none()
    {
        _fixture.Sandboxed = false;
        var machine = await _fixture.AddMachineAsync();
        var ran = machine.PathOf("ran");
        var program = await File.ReadAllTextAsync(SourceTree.PathOf("hosts", "canary-build"));
        var earlier = program.Replace("$1 == --sandboxed ", "$1 == --unheard-of ");
        earlier.ShouldNotBe(program);
        await File.WriteAllTextAsync(machine.PathOf("earlier"), earlier);
        machine.Answer(
            _fixture.PublicKey,
            $"env CANARY_BUILDS={machine.Builds} CANARY_BUILD_WITHOUT_SANDBOX=yes bash {machine.PathOf("earlier")}"
        );

        var (outcome, _) = await BuildAsync($"touch {ran}", isFork: true);

        var failure = outcome.ShouldBeOfType<BuildFailed>().Failure;
        failure.Code.ShouldBe("fork-needs-sandbox");
        failure.Message.ShouldEndWith("there is no option --sandboxed");
        failure.Remedy.ShouldBe(
            "Bring build-1 to this version of Canary: upgrade its package canary-build-host, or run hosts/install-build-host.sh of this version there."
        );
        File.Exists(ran).ShouldBeFalse();
    }

    [Fact]
    public async Task Where_only_some_build_hosts_have_a_sandbox_one_of_those_builds_it_and_all_stay_in_use()
    {
        _fixture.Sandboxed = false;
        await _fixture.AddMachineAsync("build-1");
        _fixture.Sandboxed = true;
        await _fixture.AddMachineAsync("build-2");
        var logs = "";

        // Whichever is looked at first.
        for (var i = 0; i < 6; i++)
        {
            var (outcome, log) = await BuildAsync("pwd", isFork: true);
            outcome.ShouldBeOfType<BuildSucceeded>(log);
            log.ShouldContain("\n/build\n");
            logs += log;
        }

        logs.ShouldNotContain("Waiting for a build host");
    }

    private async Task<(object Outcome, string Log)> BuildAsync(string script, bool isFork)
    {
        _fixture.Repository.WithConventionScripts(build: script);
        var commit = await _fixture.Repository.CommitAsync();
        await _fixture.Repository.GitAsync("update-ref", "refs/pull/12/head", commit);
        var command = _fixture.Command(commit) with
        {
            Deploys = false,
            PullRequest = new PullRequestReference { Number = 12, IsFork = isFork },
        };
        return (await _fixture.RunAsync(command), _fixture.ReadLog(command.ReleaseId));
    }
}
