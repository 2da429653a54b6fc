namespace Canary.Simulation.Tests;

/// <summary>G1, G2, G4, G7 and G11 over a year of simulated time.</summary>
public sealed class YearTests
{
    [Fact]
    public async Task At_each_quiet_point_every_host_runs_what_its_channel_advertises_and_production_is_never_ahead()
    {
        var report = await Year.RunAsync(seed: 1, events: 80);

        report.Violations.ShouldBeEmpty(report.ToString());
        report.Elapsed.ShouldBeGreaterThanOrEqualTo(TimeSpan.FromDays(365));
    }
}
