using Canary.Contracts;
using Canary.Deployer.Hosts;
using Canary.Deployer.Rollouts;
using Canary.Failures;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Npgsql;

namespace Canary.Deployer.Tests.Hosts;

/// <summary>How often a host is tried.</summary>
public sealed class HostTriesTests
{
    private readonly FakeTimeProvider _time = new();
    private int _tries;

    [Fact]
    public async Task A_repository_that_is_away_costs_no_try_until_the_patience_with_it_is_over()
    {
        var failure = await RunAsync(() =>
            throw new CanaryException(DeployerCodes.RepositoryUnavailable, "It is away.", "Wait.")
        );

        failure.ShouldNotBeNull().Code.ShouldBe(DeployerCodes.RepositoryUnavailable);
        // Free ones after 10, 20, 30, 40 and 50 seconds, and the two that count.
        _tries.ShouldBe(7);
    }

    [Fact]
    public async Task A_repository_that_comes_back_in_time_fails_no_host()
    {
        var failure = await RunAsync(() =>
            _tries < 5
                ? throw new CanaryException(DeployerCodes.RepositoryUnavailable, "It is away.", "Wait.")
                : Task.CompletedTask
        );

        failure.ShouldBeNull();
    }

    [Fact]
    public async Task Anything_else_costs_a_try()
    {
        var failure = await RunAsync(() => throw new IOException("The host hung up."));

        failure.ShouldNotBeNull().Code.ShouldBe(DeployerCodes.HostError);
        _tries.ShouldBe(2);
    }

    [Fact]
    public async Task A_database_that_is_away_is_no_fault_of_the_host()
    {
        await Should.ThrowAsync<NpgsqlException>(() => RunAsync(() => throw new NpgsqlException("It is away.")));

        _tries.ShouldBe(1);
    }

    private Task<Failure?> RunAsync(Func<Task> work)
    {
        var options = new DeployerOptions
        {
            HostTries = 2,
            HostRetryDelay = TimeSpan.Zero,
            RepositoryPatience = TimeSpan.FromMinutes(1),
        };
        return new HostTries(Options.Create(options), _time, NullLogger<HostTries>.Instance).RunAsync(
            "web-1",
            () =>
            {
                _tries++;
                _time.Advance(TimeSpan.FromSeconds(10));
                return work();
            },
            _ => false,
            TestContext.Current.CancellationToken
        );
    }
}
