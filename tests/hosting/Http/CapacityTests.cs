using Canary.Hosting.Http;

namespace Canary.Hosting.Tests.Http;

public sealed class CapacityTests
{
    private static readonly LimitOptions Limits = new();

    [Theory]
    [InlineData(256)]
    [InlineData(1024)]
    [InlineData(4096)]
    public void A_host_takes_on_no_more_than_it_may_have_files_open(int openFiles)
    {
        var capacity = Capacity.Of(Limits, openFiles);

        (capacity.Connections + capacity.Requests + capacity.Followers).ShouldBeLessThan(openFiles);
        capacity.ConnectionsPerAddress.ShouldBeLessThanOrEqualTo(capacity.Connections);
        capacity.RequestsPerAddress.ShouldBeLessThanOrEqualTo(capacity.Requests);
        capacity.FollowersPerAddress.ShouldBeLessThanOrEqualTo(capacity.Followers);
        capacity.RequestsPerAddress.ShouldBeGreaterThan(1);
        capacity.IsLowered.ShouldBeTrue();
    }

    [Theory]
    [InlineData(null)]
    [InlineData(20_000)]
    public void Where_there_are_enough_the_limits_hold(int? openFiles)
    {
        var capacity = Capacity.Of(Limits, openFiles);

        capacity.Connections.ShouldBe(Limits.Connections);
        capacity.Requests.ShouldBe(Limits.Requests);
        capacity.Followers.ShouldBe(Limits.Followers);
        capacity.IsLowered.ShouldBeFalse();
    }

    [Theory]
    [InlineData("Max open files            4096                 524288               files     ", 4096)]
    [InlineData("Max open files            unlimited            unlimited            files     ", null)]
    [InlineData("Max processes             4096                 524288               processes ", null)]
    public void The_system_says_how_many_files_may_be_open(string line, int? expected) =>
        OpenFiles
            .LimitIn(["Limit                     Soft Limit           Hard Limit           Units", line])
            .ShouldBe(expected);
}
