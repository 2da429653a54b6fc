using System.ComponentModel.DataAnnotations;
using Canary.Durability.Connections;

namespace Canary.Durability.Storage;

/// <summary>Where services keep their data. Section <c>hosting:storage</c>. All but the provider is about PostgreSQL.</summary>
public sealed class StorageOptions : IValidatableObject
{
    /// <summary>Value of <see cref="Provider"/>: a file per service.</summary>
    public const string Sqlite = "sqlite";

    /// <summary>Value of <see cref="Provider"/>: a schema per service.</summary>
    public const string PostgreSql = "postgresql";

    /// <summary>Database: <c>sqlite</c> (a file per service in the data directory) or <c>postgresql</c> (a schema per service,
    /// which replicas share). Default: <c>sqlite</c>.</summary>
    [AllowedValues(Sqlite, PostgreSql)]
    public string Provider { get; set; } = Sqlite;

    /// <summary>Host name or address of the server, or the directory of its socket. Default: <c>localhost</c>.</summary>
    [Required]
    public string Host { get; set; } = "localhost";

    /// <summary>Port of the server, 1 to 65535. Default: 5432.</summary>
    [Range(1, 65535)]
    public int Port { get; set; } = 5432;

    /// <summary>Name of the database. It must exist; the schemas in it are made. Default: <c>canary</c>.</summary>
    [Required]
    public string Database { get; set; } = "canary";

    /// <summary>Name of the user. Default: <c>canary</c>.</summary>
    [Required]
    public string User { get; set; } = "canary";

    /// <summary>File that holds the user's password. Default: none, for servers that know the user in another way.</summary>
    public string? PasswordFile { get; set; }

    /// <summary>Encryption of connections: <c>off</c>, <c>require</c> (encrypted, the server is not checked) or <c>verify</c>
    /// (encrypted, and the server's certificate must be valid for its name). Default: <c>off</c>.</summary>
    [AllowedValues(TlsModes.Off, TlsModes.Require, TlsModes.Verify)]
    public string Tls { get; set; } = TlsModes.Off;

    /// <summary>File with the certificates (PEM) that the server's certificate must come from. Default: those that the system
    /// trusts.</summary>
    public string? RootCertificate { get; set; }

    /// <summary>Connections at once from one process, 5 to 1000. Default: 20.</summary>
    [Range(5, 1000)]
    public int Connections { get; set; } = 20;

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        SecretFiles
            .Check(PasswordFile, nameof(PasswordFile))
            .Concat(ServerCertificates.CheckAuthorities(RootCertificate, nameof(RootCertificate)));
}
