using Canary.Deployer.Rollouts;

namespace Canary.Deployer.Tests.Rollouts;

public sealed class WavesTests
{
    [Theory]
    [InlineData(3, "25% 50% 100%", "1 1 1")]
    [InlineData(1, "25% 50% 100%", "1")]
    [InlineData(0, "25% 50% 100%", "")]
    [InlineData(10, "25% 50% 100%", "3 2 5")]
    [InlineData(100, "5 25% 100%", "5 20 75")]
    [InlineData(4, "1 2", "1 1 2")]
    [InlineData(4, "10", "4")]
    [InlineData(4, "100%", "4")]
    [InlineData(1_000_000, "1 1% 100%", "1 9999 990000")]
    public void Waves_hold_all_hosts_and_none_is_empty(int hosts, string sizes, string waves) =>
        Waves
            .Cut(hosts, sizes.Split(' '))
            .ShouldBe([.. waves.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)]);

    [Theory]
    [InlineData("25% 20%")]
    [InlineData("5 5")]
    [InlineData("0")]
    [InlineData("101%")]
    [InlineData("-1")]
    [InlineData("half")]
    [InlineData("%")]
    [InlineData("5 %")]
    [InlineData("99999999999")]
    public void Sizes_that_make_no_sense_are_refused(string sizes) =>
        Waves.ProblemWith(sizes == "5 %" ? [sizes] : sizes.Split(' ')).ShouldNotBeNull();

    [Theory]
    [InlineData("0", 10, 0)]
    [InlineData("2", 10, 2)]
    [InlineData("20", 10, 10)]
    [InlineData("10%", 10, 1)]
    [InlineData("10%", 9, 0)]
    [InlineData("100%", 3, 3)]
    public void A_budget_is_never_larger_than_it_says(string budget, int hosts, int failures) =>
        HostShare.Parse(budget).RoundDown(hosts).ShouldBe(failures);
}
