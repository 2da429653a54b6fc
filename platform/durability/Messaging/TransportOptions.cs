using System.ComponentModel.DataAnnotations;
using Canary.Durability.Connections;

namespace Canary.Durability.Messaging;

/// <summary>How messages travel between services. Section <c>hosting:transport</c>. All but the provider is about
/// RabbitMQ.</summary>
public sealed class TransportOptions : IValidatableObject
{
    /// <summary>Value of <see cref="Provider"/>: within the process.</summary>
    public const string InMemory = "in-memory";

    /// <summary>Value of <see cref="Provider"/>: quorum queues of a broker.</summary>
    public const string RabbitMq = "rabbitmq";

    /// <summary>Transport: <c>in-memory</c> (all services in one process) or <c>rabbitmq</c>. Default: <c>in-memory</c>.
    /// </summary>
    [AllowedValues(InMemory, RabbitMq)]
    public string Provider { get; set; } = InMemory;

    /// <summary>Host names or addresses of the broker's nodes, each with its port if that is another one:
    /// <c>rabbitmq-1</c>, <c>rabbitmq-2:5673</c>. One that answers is used. Default: <c>localhost</c>.</summary>
    public List<string> Hosts { get; set; } = [];

    /// <summary>Port of the nodes, 1 to 65535. Default: 5672, and 5671 with TLS.</summary>
    [Range(1, 65535)]
    public int? Port { get; set; }

    /// <summary>Virtual host. It must exist; queues and exchanges in it are made. Default: <c>/</c>.</summary>
    [Required]
    public string VirtualHost { get; set; } = "/";

    /// <summary>Name of the user. Default: <c>canary</c>.</summary>
    [Required]
    public string User { get; set; } = "canary";

    /// <summary>File that holds the user's password. Required with <c>rabbitmq</c>.</summary>
    public string? PasswordFile { get; set; }

    /// <summary>Encryption of connections: <c>off</c>, <c>require</c> (encrypted, the broker is not checked) or <c>verify</c>
    /// (encrypted, and the broker's certificate must be valid for its name). Default: <c>off</c>.</summary>
    [AllowedValues(TlsModes.Off, TlsModes.Require, TlsModes.Verify)]
    public string Tls { get; set; } = TlsModes.Off;

    /// <summary>File with the certificates (PEM) that the broker's certificate must come from. Default: those that the system
    /// trusts.</summary>
    public string? RootCertificate { get; set; }

    /// <summary>Topic exchange on which other programs are told of events, for nothing else: letters, digits and
    /// <c>. - _ :</c>, at most 200. Empty: nobody is told. Default: <c>canary.events</c>.</summary>
    [RegularExpression("^(?!amq\\.)[A-Za-z0-9._:-]{0,200}$")]
    public string EventsExchange { get; set; } = "canary.events";

    /// <summary>Messages of a queue that the broker hands to a process before the first of them is done, 1 to 1000.
    /// Default: 32.</summary>
    [Range(1, 1000)]
    public int Prefetch { get; set; } = 32;

    /// <summary>Messages of a queue that a process works on at once, 1 to 1000. Default: as many as it is handed.</summary>
    [Range(1, 1000)]
    public int? Concurrency { get; set; }

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Provider == RabbitMq && PasswordFile is null)
        {
            yield return new ValidationResult(
                "The broker's password is missing. Name the file that holds it.",
                [nameof(PasswordFile)]
            );
        }

        var files = SecretFiles
            .Check(PasswordFile, nameof(PasswordFile))
            .Concat(ServerCertificates.CheckAuthorities(RootCertificate, nameof(RootCertificate)));
        foreach (var fault in files)
        {
            yield return fault;
        }
    }
}
