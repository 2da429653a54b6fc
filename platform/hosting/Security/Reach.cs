using System.Net;

namespace Canary.Hosting.Security;

/// <summary>From where a host can be reached, as far as its settings tell.</summary>
public static class Reach
{
    /// <summary>Whether nobody but this machine reaches it, not even through a proxy.</summary>
    public static bool IsOnlyLocal(HostingOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);

        return ListensOnLoopback(options) && options.PublicAddress is null;
    }

    /// <summary>Whether it listens on loopback addresses alone.</summary>
    public static bool ListensOnLoopback(HostingOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);

        return options.ListenAddresses.All(IsLoopback);
    }

    // "http://*:8480" is no address to the parser, and all addresses to the server.
    private static bool IsLoopback(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri)
        && (uri.Host == "localhost" || (IPAddress.TryParse(uri.DnsSafeHost, out var ip) && IPAddress.IsLoopback(ip)));
}
