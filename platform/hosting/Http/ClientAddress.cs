using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;

namespace Canary.Hosting.Http;

/// <summary>Whose request it is, as far as bounds for a single client go.</summary>
public static class ClientAddress
{
    private const int NetworkBytes = 8;

    /// <summary>The address of the client; of IPv6 the network (/64), since one client has all addresses of it.</summary>
    public static IPAddress Of(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);

        return Of(context.Connection.RemoteIpAddress);
    }

    internal static IPAddress Of(IPAddress? address) =>
        address switch
        {
            null => IPAddress.None,
            { IsIPv4MappedToIPv6: true } => address.MapToIPv4(),
            { AddressFamily: AddressFamily.InterNetworkV6 } => NetworkOf(address),
            _ => address,
        };

    private static IPAddress NetworkOf(IPAddress address)
    {
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(NetworkBytes).Clear();
        return new IPAddress(bytes);
    }
}
