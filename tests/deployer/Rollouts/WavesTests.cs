using Canary.Contracts.Deploying;
using Canary.Deployer.Inventory;
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
            .Cut(Enumerable.Range(1, hosts).Select(i => Host($"web-{i}")), sizes.Split(' '))
            .Select(wave => wave.Count)
            .ShouldBe([.. waves.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)]);

    [Theory]
    [InlineData("zone=a 100%", "a1 a2 | b1 b2 c1 c2")]
    [InlineData("1 zone=c 100%", "a1 | c1 c2 | a2 b1 b2")]
    [InlineData("zone=c zone=b", "c1 c2 | b1 b2 | a1 a2")]
    [InlineData("zone=d zone=a 50% 100%", "a1 a2 | b1 | b2 c1 c2")]
    [InlineData("zone=a 25% 100%", "a1 a2 | b1 b2 c1 c2")]
    public void A_wave_may_be_those_hosts_that_stand_somewhere(string sizes, string waves) =>
        Names(
                Waves.Cut(
                    new[] { "a1", "a2", "b1", "b2", "c1", "c2" }.Select(name => Host(name, zone: name[..1])),
                    sizes.Split(' ')
                )
            )
            .ShouldBe(waves);

    [Theory]
    [InlineData("a1 a2 a3 a4 b1 b2 c1 c2", "25% 50% 100%", "a1 b1 | c1 a2 | a3 b2 c2 a4")]
    [InlineData("a1 a2 a3 b1 b2 b3", "2 4 100%", "a1 b1 | a2 b2 | a3 b3")]
    public void Every_wave_is_spread_over_all_places(string hosts, string sizes, string waves) =>
        Names(
                Waves.Cut(
                    hosts.Split(' ').Select(name => Host(name, zone: name[..1]) with { Place = name[..1] }),
                    sizes.Split(' ')
                )
            )
            .ShouldBe(waves);

    [Fact]
    public void Every_wave_takes_its_part_of_every_role() =>
        Names(
                Waves.Cut(
                    [
                        .. Enumerable.Range(1, 4).Select(i => Host($"web-{i}")),
                        .. Enumerable.Range(1, 2).Select(i => Host($"worker-{i}") with { Role = "worker" }),
                    ],
                    ["25%", "50%", "100%"]
                )
            )
            .ShouldBe("web-1 worker-1 | web-2 | web-3 web-4 worker-2");

    [Theory]
    [InlineData("25% 50% 100%", "25 50 100")]
    [InlineData("1 10%", "10 100")]
    [InlineData("zone=a", "100")]
    public void Without_hosts_the_shares_are_those_of_all_machines(string sizes, string percentages) =>
        string.Join(' ', Waves.Percentages(sizes.Split(' '))).ShouldBe(percentages);

    [Theory]
    [InlineData("25% 20%")]
    [InlineData("5 5")]
    [InlineData("0")]
    [InlineData("101%")]
    [InlineData("-1")]
    [InlineData("half")]
    [InlineData("%")]
    [InlineData("5 %")]
    [InlineData("zone=")]
    [InlineData("=a")]
    [InlineData("Zone=a")]
    [InlineData("zone=a=b")]
    [InlineData("99999999999")]
    public void Sizes_that_make_no_sense_are_refused(string sizes) =>
        Waves.ProblemWith(sizes == "5 %" ? [sizes] : sizes.Split(' ')).ShouldNotBeNull();

    private static FleetMember Host(string name, string? zone = null) =>
        new(
            new InventoryHost
            {
                Name = name,
                Address = "127.0.0.1",
                Channel = Channel.Production,
                Tags = zone is null ? [] : new Dictionary<string, string> { ["zone"] = zone },
            },
            "web",
            Place: null
        );

    private static string Names(IEnumerable<IEnumerable<FleetMember>> waves) =>
        string.Join(" | ", waves.Select(wave => string.Join(' ', wave.Select(member => member.Host.Name))));

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
