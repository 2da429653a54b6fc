using Canary.Deployer.Rollouts;

namespace Canary.Deployer.Tests.Rollouts;

public sealed class StepTallyTests
{
    [Theory]
    [InlineData(10, 9, 0, "Open")]
    [InlineData(10, 10, 0, "Passed")]
    [InlineData(10, 8, 1, "Open")]
    [InlineData(10, 9, 1, "Passed")]
    [InlineData(10, 0, 2, "Failed")]
    public void A_wave_fails_as_soon_as_its_budget_is_exceeded(int hosts, int succeeded, int failed, string verdict) =>
        Tally(hosts, succeeded, failed, 0).JudgeWave(HostShare.Parse("10%")).ToString().ShouldBe(verdict);

    [Theory]
    [InlineData(3, 2, 0, 0, "Open")]
    [InlineData(3, 3, 0, 0, "Passed")]
    [InlineData(3, 0, 1, 0, "Failed")]
    [InlineData(3, 1, 1, 1, "Open")]
    [InlineData(3, 2, 1, 1, "Passed")]
    [InlineData(3, 0, 2, 2, "Failed")]
    [InlineData(1, 0, 1, 1, "Failed")]
    public void A_budget_forgives_canaries_that_are_down_and_never_one_that_is_ill(
        int hosts,
        int succeeded,
        int failed,
        int unreachable,
        string verdict
    ) => Tally(hosts, succeeded, failed, unreachable).JudgeCanaries(HostShare.Parse("1")).ToString().ShouldBe(verdict);

    [Theory]
    [InlineData(3, 1, 1, "Open")]
    [InlineData(3, 2, 1, "Failed")]
    [InlineData(3, 3, 0, "Passed")]
    [InlineData(0, 0, 0, "Passed")]
    public void A_rollback_tries_every_host_before_it_is_judged(int hosts, int succeeded, int failed, string verdict) =>
        Tally(hosts, succeeded, failed, 0).JudgeRollback().ToString().ShouldBe(verdict);

    private static StepTally Tally(int hosts, int succeeded, int failed, int unreachable) =>
        new()
        {
            Hosts = hosts,
            Succeeded = succeeded,
            Failed = failed,
            Unreachable = unreachable,
        };
}
