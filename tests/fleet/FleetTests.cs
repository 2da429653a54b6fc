using Canary.Fleet.Tests.Plan;
using Canary.Testing.Machines;

namespace Canary.Fleet.Tests;

/// <summary>Nobody notices that the fleet is updated, whatever dies meanwhile.</summary>
public sealed class FleetTests
{
    [Fact]
    public async Task No_request_fails_while_releases_come_and_go_and_load_balancers_and_Canary_die()
    {
        var obstacle = await MachineSet.ObstacleAsync();
        Assert.SkipWhen(obstacle is not null, obstacle ?? "");
        var run = new FleetRun(
            FleetSettings.Short,
            SourceTree.PathOf("artifacts", "fleet", "test"),
            TestContext.Current.SendDiagnosticMessage
        );

        var report = await run.RunAsync(TestContext.Current.CancellationToken);

        report.Violations.ShouldBeEmpty(report.ToString());
        report.Rounds.ShouldBe(FleetSettings.Short.Rounds.Count);
        report.Broken.Values.Sum().ShouldBe(FleetSettings.Short.Disturbances.Count);
        report.Excused.ShouldBePositive();
        report.Answered.ShouldBePositive();
    }

    [Fact]
    public void A_seed_always_makes_the_same_plan()
    {
        Describe(7).ShouldBe(Describe(7));
        Describe(8).ShouldNotBe(Describe(7));

        static string Describe(int seed) => string.Join('\n', FleetPlan.Of(FleetSettings.Long(seed, hosts: 12)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_plan_has_all_that_is_to_break(int seed)
    {
        var settings = FleetSettings.Long(seed, hosts: 12);

        FleetPlan
            .Of(settings)
            .SelectMany(round => round.Disturbances)
            .ShouldBe(settings.Disturbances, ignoreOrder: true);
    }
}
