using Canary.Chaos.Tests.Embedded;
using Canary.Chaos.Tests.Faults;
using Canary.Chaos.Tests.Plan;
using Canary.Contracts;
using Canary.Contracts.Releases;

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
    public async Task Whenever_the_only_server_is_killed_releases_end_soon_and_none_is_given_up()
    {
        var run = new EmbeddedRun(
            ChaosSettings.ShortEmbedded,
            SourceTree.PathOf("artifacts", "chaos", "test-embedded"),
            TestContext.Current.SendDiagnosticMessage
        );

        var report = await run.RunAsync(TestContext.Current.CancellationToken);

        report.Violations.ShouldBeEmpty(report.ToString());
        report.Releases.Values.Sum().ShouldBe(ChaosSettings.ShortEmbedded.Pushes);
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

    [Fact]
    public void A_long_plan_empties_each_queue_of_the_deployer()
    {
        var emptied = ChaosPlan.Of(ChaosSettings.Long(seed: 1, minutes: 8)).Faults.OfType<PurgedQueue>();

        ServiceQueues
            .All.Where(queue => queue.StartsWith("deployer-", StringComparison.Ordinal))
            .Except(emptied.Select(fault => fault.Queue))
            .ShouldBeEmpty();
    }

    [Theory]
    [InlineData(9, 10, false)]
    [InlineData(10, 10, false)]
    [InlineData(11, 10, true)]
    public void A_run_in_which_most_releases_give_way_is_too_kind(int superseded, int ownEnds, bool isTooKind) =>
        ChaosReport
            .TooKind(
                new Dictionary<string, int>
                {
                    [ReleaseStates.Superseded] = superseded,
                    [ReleaseStates.Completed] = ownEnds - 1,
                    [ReleaseStates.RolledBack] = 1,
                }
            )
            .Any()
            .ShouldBe(isTooKind);

    private static string Describe(ChaosPlan plan) =>
        string.Join(
            '\n',
            plan.Pushes.Select(push =>
                    $"{push.At} {push.Application.Name} {push.IsHealthy} {push.Repeats} {push.IsPatient}"
                )
                .Concat(plan.Rollbacks.Select(rollback => $"{rollback.At} {rollback.Application.Name}"))
                .Concat(plan.Convergences.Select(convergence => $"{convergence}"))
                .Concat(plan.Faults.Select(fault => $"{fault.At} {fault}"))
        );
}
