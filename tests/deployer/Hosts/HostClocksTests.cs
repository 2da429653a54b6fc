using Canary.Contracts.Deploying;
using Canary.Deployer.Hosts;
using Canary.Deployer.Inventory;
using Canary.Deployer.Tests.Inventory;
using Canary.Failures;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;

namespace Canary.Deployer.Tests.Hosts;

/// <summary>A host whose clock is off is named before its apt says "not valid yet".</summary>
public sealed class HostClocksTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly HostClocks _clocks;

    public HostClocksTests() => _clocks = new HostClocks(_time);

    [Fact]
    public async Task Hosts_whose_clocks_are_off_are_named_with_what_to_do()
    {
        Tell("web-1", TimeSpan.FromMinutes(-12));
        Tell("web-2", TimeSpan.FromSeconds(90));

        var result = await CheckAsync("web-1", "web-2");

        result.Status.ShouldBe(HealthStatus.Degraded);
        result.Description.ShouldStartWith("web-1 is 12 min behind this machine; web-2 is 90 s ahead of this machine.");
        result.Data[CheckFailure.Remedy].ShouldBeOfType<string>().ShouldContain("chrony");
    }

    [Fact]
    public async Task A_clock_that_is_set_right_is_not_named_any_more()
    {
        Tell("web-1", TimeSpan.FromHours(3));
        Tell("web-1", TimeSpan.FromSeconds(5));

        var result = await CheckAsync("web-1");

        result.Status.ShouldBe(HealthStatus.Healthy);
        result.Description.ShouldBe("The clock of 1 host agrees with this machine's.");
    }

    [Fact]
    public async Task The_time_that_an_answer_takes_is_no_difference()
    {
        var asked = _time.GetUtcNow();
        _time.Advance(TimeSpan.FromMinutes(5));
        _clocks.Note("web-1", asked.AddMinutes(4), asked);

        (await CheckAsync("web-1")).Status.ShouldBe(HealthStatus.Healthy);
    }

    [Fact]
    public async Task Hosts_that_have_not_told_the_time_are_counted()
    {
        Tell("web-1", TimeSpan.Zero);
        Tell("gone", TimeSpan.FromHours(1));

        var result = await CheckAsync("web-1", "web-2");

        result.Status.ShouldBe(HealthStatus.Healthy);
        result.Description.ShouldNotBeNull().ShouldContain("The clocks of 1 of 2 hosts agree");
    }

    private void Tell(string host, TimeSpan ahead) => _clocks.Note(host, _time.GetUtcNow() + ahead, _time.GetUtcNow());

    private Task<HealthCheckResult> CheckAsync(params string[] hosts) =>
        new HostClocksCheck(
            new FixedInventory([
                .. hosts.Select(name => new InventoryHost
                {
                    Name = name,
                    Address = "127.0.0.1",
                    Channel = Channel.Production,
                }),
            ]),
            _clocks
        ).CheckHealthAsync(new HealthCheckContext(), TestContext.Current.CancellationToken);
}
