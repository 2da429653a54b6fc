using System.ComponentModel.DataAnnotations;

namespace Canary.Hosting.Http;

/// <summary>What clients may take of a host. Section <c>hosting:limits</c>.</summary>
public sealed class LimitOptions : IValidatableObject
{
    /// <summary>Connections at once, 10 to 1,000,000. Default: 10,000.</summary>
    [Range(10, 1_000_000)]
    public int Connections { get; set; } = 10_000;

    /// <summary>Connections at once from one address (of IPv6 from one /64 network), 10 to 1,000,000. A whole fleet may be behind
    /// one. Default: 5,000.</summary>
    [Range(10, 1_000_000)]
    public int ConnectionsPerAddress { get; set; } = 5_000;

    /// <summary>Requests at once on one connection of HTTP/2, 1 to 1,000. Default: 32.</summary>
    [Range(1, 1_000)]
    public int StreamsPerConnection { get; set; } = 32;

    /// <summary>Requests that are answered at once, 10 to 100,000; probes and webhooks have as many of their own. Services with their token
    /// are not counted. Default: 2,000.</summary>
    [Range(10, 100_000)]
    public int Requests { get; set; } = 2_000;

    /// <summary>Requests of one address (of IPv6 of one /64 network) that are answered at once, 2 to 100,000; those of probes and webhooks
    /// count by themselves. Any more wait for up to 30 seconds, as many as there may be connections. Default: 256.</summary>
    [Range(2, 100_000)]
    public int RequestsPerAddress { get; set; } = 256;

    /// <summary>Clients that follow events or read logs at once, 10 to 100,000. Default: 1,000.</summary>
    [Range(10, 100_000)]
    public int Followers { get; set; } = 1_000;

    /// <summary>Clients of one address (of IPv6 of one /64 network) that follow events or read logs at once, 1 to 100,000. Default:
    /// 100.</summary>
    [Range(1, 100_000)]
    public int FollowersPerAddress { get; set; } = 100;

    /// <summary>Time in which the headers of a request must have arrived, 1 second to 5 minutes. Default: 15 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan HeadersTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a connection without a request is kept, 1 second to 1 hour. Default: 2 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>Bytes a second, after the first five seconds, below which a body that is sent or fetched is given up, 1 to
    /// 1,000,000. Default: 240.</summary>
    [Range(1, 1_000_000)]
    public int MinimumRate { get; set; } = 240;

    /// <summary>Requests a second of one address with one token, or without any; ten seconds' worth may come at once. The
    /// repository, webhooks, health and services with their token are not counted. 1 to 1,000,000. Default: 100.</summary>
    [Range(1, 1_000_000)]
    public int RequestsPerSecond { get; set; } = 100;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (
            var (ofAddress, ofAll, what, name) in new[]
            {
                (ConnectionsPerAddress, Connections, "connections", nameof(ConnectionsPerAddress)),
                (RequestsPerAddress, Requests, "requests", nameof(RequestsPerAddress)),
                (FollowersPerAddress, Followers, "followers", nameof(FollowersPerAddress)),
            }
        )
        {
            if (ofAddress > ofAll)
            {
                yield return new ValidationResult($"{ofAddress} is more than all {what} may be, {ofAll}.", [name]);
            }
        }
    }
}
