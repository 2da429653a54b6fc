using System.Net;
using Canary.Consul;

namespace Canary.Hosting.Tests.Consul;

public sealed class ConsulPlaceTests
{
    private const string Here = "http://127.0.0.1:8500";
    private const string There = "http://consul:8500";

    [Theory]
    // On one address: that one, for everybody.
    [InlineData("http://10.0.0.5:8480", null, Here, "10.0.0.5", 8480, "http://10.0.0.5:8480/")]
    [InlineData("http://127.0.0.1:8480", null, Here, "127.0.0.1", 8480, "http://127.0.0.1:8480/")]
    [InlineData("http://[2001:db8::1]:8480", null, There, "2001:db8::1", 8480, "http://[2001:db8::1]:8480/")]
    // On all, with the agent of this machine: its node says where.
    [InlineData("http://0.0.0.0:8480", null, Here, null, 8480, "http://127.0.0.1:8480/")]
    [InlineData("http://[::]:8480", null, Here, null, 8480, "http://127.0.0.1:8480/")]
    // On all, with an agent elsewhere: as that one sees this machine.
    [InlineData("http://0.0.0.0:8480", null, There, "172.18.0.7", 8480, "http://172.18.0.7:8480/")]
    // Behind a proxy: others take the proxy, the check does not.
    [InlineData(
        "http://0.0.0.0:8480",
        "https://canary.example.org",
        Here,
        "canary.example.org",
        443,
        "http://127.0.0.1:8480/"
    )]
    [InlineData(
        "http://0.0.0.0:8480",
        "https://canary.example.org",
        There,
        "canary.example.org",
        443,
        "http://172.18.0.7:8480/"
    )]
    public void Others_and_the_agent_get_an_address_that_they_can_reach(
        string listening,
        string? publicAddress,
        string agent,
        string? address,
        int port,
        string check
    )
    {
        var place = ConsulPlace.Of(
            new Uri(listening),
            publicAddress is null ? null : new Uri(publicAddress),
            new Uri(agent),
            _ => IPAddress.Parse("172.18.0.7")
        );

        (place.Address, place.Port, place.Check.ToString(), place.ListeningPort).ShouldBe((address, port, check, 8480));
    }
}
