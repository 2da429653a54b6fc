using Canary.CiCoordinator.Builds.Hosts;
using Canary.Contracts.Building;
using Canary.Failures;
using Canary.Testing;

namespace Canary.CiCoordinator.Tests.Builds.Hosts;

/// <summary>Which build host a build gets, and what happens when there is none.</summary>
public sealed class BuildHostPoolTests : IAsyncLifetime
{
    private BuildFixture _fixture = null!;

    public async ValueTask InitializeAsync() => _fixture = await BuildFixture.StartAsync();

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    [Fact]
    public async Task Builds_spread_over_the_build_hosts_and_wait_while_all_are_busy()
    {
        _fixture.Sandboxed = false;
        var first = await _fixture.AddMachineAsync("build-1");
        var second = await _fixture.AddMachineAsync("build-2");
        var go = first.PathOf("go");
        _fixture.Options.Hosts.Patience = TimeSpan.Zero;
        _fixture.Repository.WithConventionScripts(build: $"echo started; while ! test -e {go}; do sleep 0.05; done");
        var commit = await _fixture.Repository.CommitAsync();
        var commands = Enumerable.Range(0, 3).Select(_ => _fixture.Command(commit)).ToList();
        string Log(int index) => _fixture.ReadLog(commands[index].ReleaseId);

        var running = new List<Task<object>>();
        foreach (var index in new[] { 0, 1 })
        {
            running.Add(_fixture.RunAsync(commands[index]));
            await Eventually.TrueAsync(() => Log(index).Contains("started\n"));
        }

        running.Add(_fixture.RunAsync(commands[2]));
        await Eventually.TrueAsync(() => Log(2).Contains("==> Waiting for a build host: all 2 are busy.\n"));
        await File.WriteAllTextAsync(go, "");

        (await Task.WhenAll(running)).ShouldAllBe(outcome => outcome is BuildSucceeded);
        new[] { Log(0), Log(1) }.ShouldContain(log => log.Contains("On build-1"));
        new[] { Log(0), Log(1) }.ShouldContain(log => log.Contains("On build-2"));
    }

    [Fact]
    public async Task A_pull_request_takes_no_place_of_a_release()
    {
        _fixture.Sandboxed = false;
        var machine = await _fixture.AddMachineAsync();
        var go = machine.PathOf("go");
        _fixture.Repository.WithConventionScripts(
            build: $"if test -n \"$CANARY_PULL_REQUEST\"; then echo started; while ! test -e {go}; do sleep 0.05; done; fi"
        );
        var release = _fixture.Command(await _fixture.Repository.CommitAsync());
        await _fixture.Repository.GitAsync("update-ref", "refs/pull/12/head", release.Source.Commit);
        var pull = _fixture.Command(release.Source.Commit) with
        {
            Deploys = false,
            PullRequest = new PullRequestReference { Number = 12, IsFork = false },
        };
        var running = _fixture.RunAsync(pull);
        await Eventually.TrueAsync(() => _fixture.ReadLog(pull.ReleaseId).Contains("started\n"));

        (await _fixture.RunAsync(release)).ShouldBeOfType<BuildSucceeded>();

        await File.WriteAllTextAsync(go, "");
        (await running).ShouldBeOfType<BuildSucceeded>();
    }

    [Fact]
    public async Task One_that_is_only_beginning_with_a_build_is_busy_and_no_failure()
    {
        var machine = await _fixture.AddMachineAsync();
        _fixture.Options.Hosts.Patience = TimeSpan.Zero;
        _fixture.Repository.WithConventionScripts();
        var first = _fixture.Command(await _fixture.Repository.CommitAsync());
        var second = first with { ReleaseId = Guid.NewGuid() };
        var running = new List<Task<object>>();
        using (machine.Occupy())
        {
            running.Add(_fixture.RunAsync(first));
            await Eventually.TrueAsync(() => machine.IsBusy);
            running.Add(_fixture.RunAsync(second));
            await Eventually.TrueAsync(() => _fixture.ReadLog(second.ReleaseId).Contains("all 1 are busy."));
        }

        (await Task.WhenAll(running)).ShouldAllBe(outcome => outcome is BuildSucceeded);
    }

    [Fact]
    public async Task One_that_is_down_is_left_out()
    {
        var down = await _fixture.AddMachineAsync("build-1");
        await _fixture.AddMachineAsync("build-2");
        await down.StopAsync();
        _fixture.Repository.WithConventionScripts();

        // Whichever is looked at first.
        for (var i = 0; i < 4; i++)
        {
            var (outcome, log) = await _fixture.BuildAsync();
            outcome.ShouldBeOfType<BuildSucceeded>(log);
            log.ShouldContain("==> On build-2\n");
        }
    }

    [Fact]
    public async Task When_none_can_be_used_for_too_long_the_build_fails_and_says_why()
    {
        var machine = await _fixture.AddMachineAsync();
        machine.LetNobodyIn();
        _fixture.Options.Hosts.Patience = TimeSpan.Zero;
        _fixture.Repository.WithConventionScripts();

        var (outcome, log) = await _fixture.BuildAsync();

        var failure = outcome.ShouldBeOfType<BuildFailed>().Failure;
        failure.Code.ShouldBe("build-host-unavailable");
        failure.Message.ShouldStartWith("build-1 does not let ");
        failure.Remedy.ShouldStartWith(
            "Run canary-build-host setup (without the package: hosts/install-build-host.sh) on build-1 with the public key of ci-coordinator"
        );
        log.ShouldContain("==> build-1 does not let ");
    }

    [Fact]
    public async Task Patience_ends_however_many_there_are_that_cannot_be_used()
    {
        for (var number = 1; number <= 4; number++)
        {
            await (await _fixture.AddMachineAsync($"build-{number}")).StopAsync();
        }
        // One is always tried anew before the last has failed.
        _fixture.Options.Hosts.Rest = TimeSpan.Zero;
        _fixture.Options.Hosts.Patience = TimeSpan.FromSeconds(2);
        _fixture.Repository.WithConventionScripts();
        var command = _fixture.Command(await _fixture.Repository.CommitAsync());

        var outcomes = await Task.WhenAll(
            _fixture.RunAsync(command),
            _fixture.RunAsync(command with { ReleaseId = Guid.NewGuid() })
        );

        outcomes
            .Select(outcome => outcome.ShouldBeOfType<BuildFailed>().Failure.Code)
            .ShouldAllBe(code => code == "build-host-unavailable");
    }

    [Fact]
    public async Task One_that_shows_another_key_than_it_should_is_not_logged_in_to()
    {
        var machine = await _fixture.AddMachineAsync();
        var access = machine.Host.Target.Access with { HostKeys = ["SHA256:" + new string('a', 43)] };
        var target = machine.Host.Target with { Access = access };

        var error = await RemoteWorkspace
            .CheckAsync(_fixture.Connections, new BuildHost(target, 1), TimeProvider.System, CancellationToken.None)
            .ShouldThrowAsync<CanaryException>();

        error.Code.ShouldBe("host-key-changed");
    }

    [Fact]
    public async Task A_build_waits_for_one_that_comes()
    {
        _fixture.Repository.WithConventionScripts();
        var command = _fixture.Command(await _fixture.Repository.CommitAsync());
        var running = _fixture.RunAsync(command);
        await Eventually.TrueAsync(() =>
            _fixture.ReadLog(command.ReleaseId).Contains("==> Waiting for a build host: there is none.\n")
        );

        await _fixture.AddMachineAsync();

        (await running).ShouldBeOfType<BuildSucceeded>();
    }

    [Fact]
    public async Task Those_that_cannot_be_found_out_are_waited_for_as_well()
    {
        await _fixture.AddMachineAsync();
        _fixture.Hosts.Problem = new CanaryException("consul-unreachable", "Consul is away.", "Start it.");
        _fixture.Repository.WithConventionScripts();
        var command = _fixture.Command(await _fixture.Repository.CommitAsync());
        var running = _fixture.RunAsync(command);
        await Eventually.TrueAsync(() =>
            _fixture.ReadLog(command.ReleaseId).Contains("==> Waiting for a build host: Consul is away.\n")
        );

        _fixture.Hosts.Problem = null;

        (await running).ShouldBeOfType<BuildSucceeded>();
    }
}
