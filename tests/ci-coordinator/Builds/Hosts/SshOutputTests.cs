using Canary.Contracts.Building;

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
}
