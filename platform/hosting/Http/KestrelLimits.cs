using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Canary.Hosting.Http;

/// <summary>Bounds the connections of a host, and what each may take its time with.</summary>
internal static class KestrelLimits
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    public static void Apply(KestrelServerOptions kestrel)
    {
        var services = kestrel.ApplicationServices;
        var options = services.GetRequiredService<IOptions<LimitOptions>>().Value;
        var rate = new MinDataRate(options.MinimumRate, Grace);
        var capacity = services.GetRequiredService<Capacity>();
        kestrel.Limits.MaxConcurrentConnections = capacity.Connections;
        kestrel.Limits.MaxConcurrentUpgradedConnections = capacity.Connections;
        kestrel.Limits.Http2.MaxStreamsPerConnection = options.StreamsPerConnection;
        kestrel.Limits.RequestHeadersTimeout = options.HeadersTimeout;
        kestrel.Limits.KeepAliveTimeout = options.IdleTimeout;
        kestrel.Limits.MinRequestBodyDataRate = rate;
        kestrel.Limits.MinResponseDataRate = rate;

        var connections = services.GetRequiredService<AddressConnections>();
        kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Use(connections.Limit));
    }
}
