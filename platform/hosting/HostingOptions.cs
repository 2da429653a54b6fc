using System.ComponentModel.DataAnnotations;
using Canary.Files;

namespace Canary.Hosting;

/// <summary>What every host needs to know. Section <c>hosting</c>.</summary>
public sealed class HostingOptions : IValidatableObject
{
    /// <summary>Address that the host listens on. Port 0 takes a free one. Default: <c>http://127.0.0.1:8480</c>.</summary>
    [Required]
    [Url]
    public string Listen { get; set; } = "http://127.0.0.1:8480";

    /// <summary>Data directory. Default: see <see cref="DataDirectory.DefaultPath"/>.</summary>
    [Required]
    public string Data { get; set; } = DataDirectory.DefaultPath();

    /// <summary>Address that other machines reach this host by, when it differs from <see cref="Listen"/>: behind a proxy, or
    /// when it listens on all addresses. Without a token, the page and the API are shown under no other name.</summary>
    [Url]
    public string? PublicAddress { get; set; }

    /// <summary>Addresses or networks (<c>10.0.0.0/8</c>) of the proxies before this host, which are believed for whom they ask
    /// (<c>X-Forwarded-For</c>, <c>X-Forwarded-Proto</c>). Default: none.</summary>
    public List<string> TrustedProxies { get; set; } = [];

    /// <summary>Addresses of the services that run elsewhere, by service name, for example
    /// <c>repository-publisher</c>. A service that is not named runs in this host.</summary>
    public Dictionary<string, string> Services { get; set; } = [];

    /// <summary>File with the token of operators (people and scripts that change releases).
    /// Default: <c>secrets/api-token</c> in the data directory, made at the first start.</summary>
    public string? ApiTokenFile { get; set; }

    /// <summary>File with the token of those who may only read releases, logs, hosts and metrics.
    /// Default: <c>secrets/read-token</c> in the data directory, made at the first start.</summary>
    public string? ReadTokenFile { get; set; }

    /// <summary>File with the token that services show each other.
    /// Default: <c>secrets/service-token</c> in the data directory, made at the first start.</summary>
    public string? ServiceTokenFile { get; set; }

    /// <summary>Whether <c>/metrics</c> can be read without a token. Default: only where nobody but this machine reaches the host: it
    /// listens on a loopback address, and <see cref="PublicAddress"/> is not set.</summary>
    public bool? AnonymousMetrics { get; set; }

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        TrustedProxies
            .Where(proxy => Http.TrustedProxies.NetworkOf(proxy) is null)
            .Select(proxy => new ValidationResult(
                $"'{proxy}' is neither an address nor a network such as 10.0.0.0/8.",
                [nameof(TrustedProxies)]
            ));
}
