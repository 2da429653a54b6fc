using Canary.CiCoordinator.Builds.Hosts;
using Canary.Contracts.Building;
using Canary.Failures;
using Canary.Testing;

namespace Canary.CiCoordinator.Tests.Builds.Hosts;

/// <summary>What scripts make for a package on another machine.</summary>
public sealed class SshOutputTests : IAsyncLifetime
{
    private BuildFixture _builds = null!;

    public async ValueTask InitializeAsync() => _builds = await BuildFixture.StartAsync();

    public ValueTask DisposeAsync() => _builds.DisposeAsync();

    [Fact]
    public async Task It_is_fetched_over_the_connection()
    {
        var machine = await _builds.AddMachineAsync();
        _builds.Repository.WithFile("canary.yml", "package: { include: [\"dist/**\", \"node_modules/**\"] }\n");
        _builds.Repository.WithFile("dist/kept", "kept");
        _builds.Repository.WithConventionScripts(
            setup: "mkdir -p node_modules; for i in $(seq 1 500); do echo $i > node_modules/$i; done",
            build: "head -c 3000000 /dev/zero > dist/large; ln -s large dist/link; touch elsewhere"
        );

        var (outcome, log) = await _builds.BuildAsync();

        var passed = outcome.ShouldBeOfType<BuildSucceeded>(log);
        var lines = _builds.Outputs.Read(passed.Output.ShouldNotBeNull());
        lines.Count.ShouldBe(502);
        lines[0].Length.ShouldBe("f dist/large ".Length + 3_000_000);
        lines[1].ShouldBe("l dist/link large");
        lines[2].ShouldBe("f node_modules/1 1");
        passed.Left!.Files.ShouldBe(1);
        await machine.NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_file_that_is_too_large_is_refused_before_it_is_sent()
    {
        await _builds.AddMachineAsync();
        _builds.Repository.WithFile("canary.yml", "package: { include: [\"dist/**\"] }\n");
        _builds.Repository.WithConventionScripts(build: "mkdir dist; truncate -s 1T dist/sparse");

        var (outcome, _) = await _builds.BuildAsync();

        BuildPlace.FailureOf(outcome).Code.ShouldBe("build-output-too-large");
    }

    [Fact]
    public async Task A_build_host_that_cannot_tell_builds_what_hands_over_nothing()
    {
        await AddMachineWithoutOutputAsync();
        _builds.Repository.WithConventionScripts(build: "touch left");

        var (outcome, log) = await _builds.BuildAsync();

        outcome.ShouldBeOfType<BuildSucceeded>(log).Left.ShouldBeNull();
    }

    [Fact]
    public async Task A_build_host_that_cannot_give_files_out_is_unfit_where_some_are_wanted()
    {
        await AddMachineWithoutOutputAsync();
        _builds.Repository.WithFile("canary.yml", "package: { include: [\"dist/**\"] }\n");
        _builds.Repository.WithConventionScripts(build: "mkdir dist; touch dist/a");

        var (outcome, _) = await _builds.BuildAsync();

        var failure = BuildPlace.FailureOf(outcome);
        failure.Code.ShouldBe("build-host-unfit");
        failure.Message.ShouldContain("this machine has no ");
        failure.Message.ShouldContain("canary-output");
    }

    [Fact]
    public async Task A_check_says_that_a_build_host_cannot_give_files_out()
    {
        var machine = await AddMachineWithoutOutputAsync();

        var unfit = await Should.ThrowAsync<CanaryException>(() =>
            RemoteWorkspace.CheckAsync(
                _builds.Connections,
                machine.Host,
                TimeProvider.System,
                TestContext.Current.CancellationToken
            )
        );

        unfit.Code.ShouldBe("build-host-unfit");
        unfit.Message.ShouldContain("canary-output");
    }

    private async Task<BuildMachine> AddMachineWithoutOutputAsync()
    {
        var machine = await _builds.AddMachineAsync();
        var programs = Directory.CreateDirectory(machine.PathOf("programs")).FullName;
        foreach (var program in new[] { "canary-build", "canary-sandbox", "canary-cache" })
        {
            File.Copy(SourceTree.PathOf("hosts", program), Path.Combine(programs, program));
        }

        machine.Answer(
            _builds.PublicKey,
            $"env CANARY_BUILDS={machine.Builds} {Path.Combine(programs, "canary-build")}"
        );
        return machine;
    }
}
