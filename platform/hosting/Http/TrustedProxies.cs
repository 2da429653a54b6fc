using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;
using IPNetwork = System.Net.IPNetwork;

namespace Canary.Hosting.Http;

/// <summary>The proxies that are believed when they say for whom they ask.</summary>
internal sealed class TrustedProxies(IOptions<HostingOptions> options)
{
    private readonly IReadOnlyList<IPNetwork> _networks =
    [
        .. options.Value.TrustedProxies.Select(NetworkOf).OfType<IPNetwork>(),
    ];

    /// <returns><c>null</c>: it is neither an address nor a network.</returns>
    public static IPNetwork? NetworkOf(string text) =>
        IPNetwork.TryParse(text, out var network) ? network
        : IPAddress.TryParse(text, out var address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
        : null;

    public bool Contain(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return _networks.Any(network => network.Contains(plain));
    }

    /// <summary>Lets the client and the scheme of a request be those that trusted proxies forward.</summary>
    public void Use(IApplicationBuilder app)
    {
        if (_networks.Count == 0)
        {
            return;
        }

        var forwarded = new ForwardedHeadersOptions
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto,
            // As many as are trusted; the first that is not is the client, whatever it says of others.
            ForwardLimit = null,
        };
        forwarded.KnownProxies.Clear();
        forwarded.KnownIPNetworks.Clear();
        foreach (var network in _networks)
        {
            forwarded.KnownIPNetworks.Add(network);
        }

        app.UseForwardedHeaders(forwarded);
    }
}
