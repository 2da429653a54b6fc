using System.Net;
using Canary.Hosting.Http;

namespace Canary.Hosting.Tests.Http;

public sealed class ClientAddressTests
{
    [Theory]
    [InlineData("192.0.2.7", "192.0.2.7")]
    [InlineData("::ffff:192.0.2.7", "192.0.2.7")]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::")]
    public void One_client_is_an_address_or_a_network_of_IPv6(string address, string client) =>
        ClientAddress.Of(IPAddress.Parse(address)).ShouldBe(IPAddress.Parse(client));
}
