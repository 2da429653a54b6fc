using Canary.Chaos.Tests.Plan;

namespace Canary.Chaos.Tests;

/// <summary>G1 to G7 while processes, broker, database and Consul die, stand still and lose messages.</summary>
public sealed class ChaosTests
{
    [Fact]
    public async Task Whatever_breaks_every_push_becomes_one_release_that_ends_and_hosts_run_what_canary_says()
    {
        var run = new ChaosRun(
            ChaosSettings.Short,
            SourceTree.PathOf("artifacts", "chaos", "test"),
            TestContext.Current.SendDiagnosticMessage
        );

        var report = await run.RunAsync(TestContext.Current.CancellationToken);

        report.Violations.ShouldBeEmpty(report.ToString());
        report.Releases.Values.Sum().ShouldBe(ChaosSettings.Short.Pushes);
    }

    [Fact]
    public void A_seed_always_makes_the_same_plan()
    {
        var settings = ChaosSettings.Long(seed: 7, minutes: 5);

        Describe(ChaosPlan.Of(settings)).ShouldBe(Describe(ChaosPlan.Of(settings)));
        Describe(ChaosPlan.Of(settings with { Seed = 8 })).ShouldNotBe(Describe(ChaosPlan.Of(settings)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_plan_has_every_kind_of_fault(int seed)
    {
        var kinds = ChaosPlan.Of(ChaosSettings.Short with { Seed = seed }).Faults.Select(fault => fault.GetType().Name);

        kinds.Distinct().Count().ShouldBeGreaterThanOrEqualTo(7);
    }

    private static string Describe(ChaosPlan plan) =>
        string.Join(
            '\n',
            plan.Pushes.Select(push => $"{push.At} {push.Application.Name} {push.IsHealthy} {push.Repeats}")
                .Concat(plan.Rollbacks.Select(rollback => $"{rollback.At} {rollback.Application.Name}"))
                .Concat(plan.Faults.Select(fault => $"{fault.At} {fault}"))
        );
}
