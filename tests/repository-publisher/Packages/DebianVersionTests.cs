using Canary.RepositoryPublisher.Packages;

namespace Canary.RepositoryPublisher.Tests.Packages;

public sealed class DebianVersionTests
{
    private static readonly string[] Versions =
    [
        "0",
        "0~",
        "0.0.1",
        "1.0~rc1",
        "1.0~rc1-1",
        "1.0",
        "1.0-0",
        "1.0-1",
        "1.0-1ubuntu1",
        "1.0+b1",
        "1.0a",
        "1.0.1",
        "1.00",
        "1.2-3-4",
        "1:0.1",
        "2.10",
        "2.9",
        "1.0-1700000000.gabcdef0",
        "1.0-1700000001.g0000000",
        "1.0-999999999.gfffffff",
    ];

    [Fact]
    public async Task Order_is_the_one_of_dpkg()
    {
        foreach (var left in Versions)
        {
            foreach (var right in Versions)
            {
                var dpkg = await ProcessRunner.RunAsync("dpkg", ["--compare-versions", left, "lt", right]);
                (DebianVersion.Parse(left).CompareTo(DebianVersion.Parse(right)) < 0).ShouldBe(
                    dpkg.ExitCode == 0,
                    $"{left} < {right}"
                );
            }
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("v1.0")]
    [InlineData("abc")]
    [InlineData("1.0_1")]
    [InlineData("1/0")]
    [InlineData("1.0\n")]
    [InlineData(":1")]
    [InlineData("1:")]
    [InlineData("99999999999:1")]
    [InlineData("1:2:3")]
    [InlineData("1.0 ")]
    [InlineData("1.0-")]
    public void Version_that_Debian_does_not_allow_is_refused(string version) =>
        DebianVersion.TryParse(version).ShouldBeNull();

    [Fact]
    public void File_names_leave_the_epoch_out() => DebianVersion.Parse("2:1.0-1").WithoutEpoch.ShouldBe("1.0-1");
}
