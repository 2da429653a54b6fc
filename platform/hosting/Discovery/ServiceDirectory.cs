using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;

namespace Canary.Hosting.Discovery;

/// <summary>Where services are: at a configured address, or in this very host.</summary>
public sealed class ServiceDirectory
{
    private readonly IOptions<HostingOptions> _options;
    private readonly IServer? _server;

    /// <summary>Made by dependency injection.</summary>
    public ServiceDirectory(IOptions<HostingOptions> options, IServer? server = null)
    {
        _options = options;
        _server = server;
    }

    /// <summary>Address of a service, with a slash at its end.</summary>
    /// <param name="service">Name of the service, for example <c>repository-publisher</c>.</param>
    /// <exception cref="InvalidOperationException">The service is in this host, and the host does not listen yet.</exception>
    public Uri AddressOf(string service) =>
        _options.Value.Services.TryGetValue(service, out var configured) ? Normalise(configured) : OwnAddress();

    /// <summary>Address of a service for programs on this machine: what proxies and names outside of it make of this host's own is none of
    /// their business.</summary>
    /// <param name="service">As for <see cref="AddressOf"/>.</param>
    /// <exception cref="InvalidOperationException">As for <see cref="AddressOf"/>.</exception>
    public Uri AddressHereOf(string service) =>
        _options.Value.Services.TryGetValue(service, out var configured) ? Normalise(configured)
        : Bound() is { } bound && bound.StartsWith("http:", StringComparison.Ordinal) ? OnThisMachine(bound)
        : OwnAddress();

    /// <summary>The public address, or else the one that this host listens on, as a client on the same machine uses it.</summary>
    public Uri OwnAddress() =>
        _options.Value.PublicAddress is { } configured
            ? Normalise(configured)
            : OnThisMachine(Bound() ?? throw new InvalidOperationException("The host does not listen yet."));

    /// <summary>Without TLS if it can be: a certificate is for another name than that of this machine to itself.</summary>
    private string? Bound() =>
        _server
            ?.Features.Get<IServerAddressesFeature>()
            ?.Addresses.OrderBy(address => address.StartsWith("https:", StringComparison.Ordinal))
            .FirstOrDefault();

    private static Uri OnThisMachine(string bound) =>
        Normalise(
            bound
                .Replace("0.0.0.0", "127.0.0.1", StringComparison.Ordinal)
                .Replace("[::]", "[::1]", StringComparison.Ordinal)
                .Replace("//+", "//127.0.0.1", StringComparison.Ordinal)
                .Replace("//*", "//127.0.0.1", StringComparison.Ordinal)
        );

    private static Uri Normalise(string address) => new(address.EndsWith('/') ? address : address + "/");
}
