using Canary.CiCoordinator.Builds.Hosts;
using Canary.Failures;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;

namespace Canary.CiCoordinator.Tests.Builds.Hosts;

/// <summary>What <c>canary doctor</c> says of build hosts.</summary>
public sealed class BuildHostsCheckTests : IAsyncLifetime
{
    private BuildFixture _fixture = null!;

    public async ValueTask InitializeAsync() => _fixture = await BuildFixture.StartAsync();

    /// <summary>The limit of the check does not pass, however slow the machine is.</summary>
    private readonly FakeTimeProvider _stopped = new();

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    [Fact]
    public async Task Build_hosts_that_can_be_used_are_named()
    {
        await _fixture.AddMachineAsync("build-1");
        await _fixture.AddMachineAsync("build-2");

        var result = await CheckAsync();

        result.Status.ShouldBe(HealthStatus.Healthy, result.Description);
        result.Description.ShouldBe("2 can be used: build-1, build-2.");
    }

    [Fact]
    public async Task One_that_cannot_is_named_with_what_to_do()
    {
        await _fixture.AddMachineAsync("build-1");
        var closed = await _fixture.AddMachineAsync("build-2");
        closed.LetNobodyIn();

        var result = await CheckAsync();

        result.Status.ShouldBe(HealthStatus.Degraded);
        result.Description.ShouldNotBeNull().ShouldStartWith("build-2 does not let ");
        RemedyOf(result)
            .ShouldStartWith(
                "Run canary-build-host setup (without the package: hosts/install-build-host.sh) on build-2 "
            );
    }

    [Fact]
    public async Task Without_any_that_can_no_commit_can_be_built()
    {
        var down = await _fixture.AddMachineAsync();
        await down.StopAsync();

        var result = await CheckAsync();

        result.Status.ShouldBe(HealthStatus.Unhealthy);
        result
            .Description.ShouldNotBeNull()
            .ShouldStartWith($"build-1 cannot be reached at 127.0.0.1, port {down.Port}");
    }

    [Fact]
    public async Task Without_any_at_all_it_says_how_there_come_to_be_some()
    {
        var result = await CheckAsync();

        result.Status.ShouldBe(HealthStatus.Unhealthy);
        result.Description.ShouldBe("There is no build host: no commit can be built.");
        RemedyOf(result).ShouldBe("Add one.");
    }

    [Fact]
    public async Task Those_that_cannot_be_found_out_are_told()
    {
        _fixture.Hosts.Problem = new CanaryException("consul-unreachable", "Consul is away.", "Start it.");

        var result = await CheckAsync();

        result.Status.ShouldBe(HealthStatus.Unhealthy);
        result.Description.ShouldBe("Consul is away.");
        RemedyOf(result).ShouldBe("Start it.");
    }

    private Task<HealthCheckResult> CheckAsync() =>
        new BuildHostsCheck(_fixture.Hosts, _fixture.Connections, _stopped).CheckHealthAsync(
            new HealthCheckContext(),
            TestContext.Current.CancellationToken
        );

    private static string RemedyOf(HealthCheckResult result) =>
        result.Data[CheckFailure.Remedy].ShouldBeOfType<string>();
}
