using Canary.Hosting.Security;

namespace Canary.Hosting.Tests.Security;

public sealed class ReachTests
{
    [Theory]
    [InlineData("http://127.0.0.1:8480", true)]
    [InlineData("http://localhost:8480", true)]
    [InlineData("http://[::1]:8480", true)]
    [InlineData("http://127.0.0.1:8480;http://[::1]:8480", true)]
    [InlineData("http://127.0.0.1:8480;http://192.0.2.1:8480", false)]
    [InlineData("http://0.0.0.0:8480", false)]
    [InlineData("http://[::]:8480", false)]
    [InlineData("http://*:8480", false)]
    [InlineData("http://+:8480", false)]
    [InlineData("http://canary.example.org:8480", false)]
    public void Only_loopback_addresses_are_this_machines_own(string listen, bool own) =>
        Reach.ListensOnLoopback(new HostingOptions { Listen = listen }).ShouldBe(own);

    [Fact]
    public void What_has_a_public_address_is_reached_through_a_proxy() =>
        Reach.IsOnlyLocal(new HostingOptions { PublicAddress = "https://canary.example.org" }).ShouldBeFalse();
}
