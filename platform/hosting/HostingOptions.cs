using System.ComponentModel.DataAnnotations;
using Canary.Files;

namespace Canary.Hosting;

/// <summary>What every host needs to know. Section <c>hosting</c>.</summary>
public sealed class HostingOptions : IValidatableObject
{
    /// <summary>Address that the host listens on, several joined by semicolons. Port 0 takes a free one. An address of https needs
    /// <see cref="CertificateFile"/>. Default: <c>http://127.0.0.1:8480</c>.</summary>
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

    /// <summary>File with the certificate of https (PEM), and with those between it and its root. It is read again when it
    /// changes. Default: none.</summary>
    public string? CertificateFile { get; set; }

    /// <summary>File with the key of the certificate (PEM, without a passphrase). Default: it is in
    /// <see cref="CertificateFile"/> as well.</summary>
    public string? CertificateKeyFile { get; set; }

    /// <summary>How long browsers that were answered by https stay with it (HSTS), 0 to 3650 days; 0: they are not told. Default:
    /// 365 days.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "3650.00:00:00")]
    public TimeSpan Hsts { get; set; } = TimeSpan.FromDays(365);

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
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var proxy in TrustedProxies.Where(proxy => Http.TrustedProxies.NetworkOf(proxy) is null))
        {
            yield return new ValidationResult(
                $"'{proxy}' is neither an address nor a network such as 10.0.0.0/8.",
                [nameof(TrustedProxies)]
            );
        }

        if (
            CertificateFile is null
            && ListenAddresses.Any(address => address.StartsWith("https:", StringComparison.Ordinal))
        )
        {
            yield return new ValidationResult($"{Listen} needs a certificate.", [nameof(CertificateFile)]);
        }
    }

    internal IEnumerable<string> ListenAddresses =>
        Listen.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
