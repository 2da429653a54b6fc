using System.Net.Sockets;
using System.Security.Authentication;
using Canary.Durability.Connections;
using Canary.Failures;
using Npgsql;

namespace Canary.Durability.Storage;

/// <summary>What can go wrong with PostgreSQL, and what to do about it.</summary>
internal static class PostgreSqlErrors
{
    /// <summary>States in which the server refuses whoever asks, because of how it or the host is set up: nothing that an
    /// operation is to blame for.</summary>
    private static readonly HashSet<string> Refusals =
    [
        PostgresErrorCodes.InvalidPassword,
        PostgresErrorCodes.InvalidAuthorizationSpecification,
        PostgresErrorCodes.InvalidCatalogName,
        PostgresErrorCodes.InsufficientPrivilege,
        PostgresErrorCodes.ReadOnlySqlTransaction,
    ];

    /// <summary>Whether waiting for a person helps.</summary>
    public static bool IsRefusal(PostgresException exception) => Refusals.Contains(exception.SqlState);

    /// <summary>What an exception means.</summary>
    public static CanaryException Of(StorageOptions options, Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            var known = cause switch
            {
                PostgresException refusal => Refused(options, refusal, exception),
                AuthenticationException tls => Untrusted(options, tls, exception),
                SocketException or TimeoutException or OperationCanceledException => NoAnswer(
                    options,
                    cause,
                    exception
                ),
                NpgsqlException { InnerException: null } when cause.Message.Contains("SSL", StringComparison.Ordinal) =>
                    WithoutTls(options, exception),
                _ => null,
            };
            if (known is not null)
            {
                return known;
            }
        }

        return NoAnswer(options, exception, exception);
    }

    public static CanaryException TooOld(StorageOptions options, Version version, int oldest) =>
        new(
            "database-too-old",
            $"PostgreSQL at {Place(options)} is {version}, which is older than {oldest}.",
            $"Update it to {oldest} or later."
        );

    public static CanaryException WrongEncoding(StorageOptions options, string encoding) =>
        new(
            "database-encoding",
            $"The database {options.Database} at {Place(options)} has the encoding {encoding}, which does not hold all text.",
            $"Make it again: createdb --encoding UTF8 --template template0 --owner {options.User} {options.Database}. What is in "
                + "it can be brought over with pg_dump and pg_restore."
        );

    public static CanaryException ReadOnly(StorageOptions options, bool isStandby) =>
        isStandby
            ? new CanaryException(
                "database-read-only",
                $"PostgreSQL at {Place(options)} is a standby, which can only be read.",
                "Name the primary in hosting.storage.host, or promote this one: SELECT pg_promote()."
            )
            : new CanaryException(
                "database-read-only",
                $"The database {options.Database} at {Place(options)} is set to be read only.",
                $"Find where (SHOW default_transaction_read_only) and undo it: ALTER DATABASE {options.Database} RESET "
                    + "default_transaction_read_only, or the same for the role or the server."
            );

    public static CanaryException NotOurs(StorageOptions options, string schema) =>
        new(
            "database-denied",
            $"The user {options.User} may not use all of the schema {schema} in the database {options.Database} at "
                + $"{Place(options)}.",
            $"Give it and its tables to the user: ALTER SCHEMA {schema} OWNER TO {options.User}, and the same for each table. "
                + "A dump that another user has restored leaves them to that user."
        );

    private static CanaryException Refused(StorageOptions options, PostgresException refusal, Exception exception) =>
        refusal.SqlState switch
        {
            PostgresErrorCodes.InvalidPassword => new CanaryException(
                "database-login-refused",
                $"PostgreSQL at {Place(options)} does not know the user {options.User}, or refuses the password.",
                (
                    options.PasswordFile is { } file
                        ? $"Put the right one into {file}"
                        : "Name the file that holds it in hosting.storage.password-file"
                )
                    + $", or set it there: \\password {options.User} in psql; a new user is made with createuser --pwprompt.",
                exception
            ),
            PostgresErrorCodes.InvalidAuthorizationSpecification => new CanaryException(
                "database-login-refused",
                $"PostgreSQL at {Place(options)} lets nobody in like this: {refusal.MessageText}",
                options.Tls == TlsModes.Off && refusal.MessageText.Contains("no encryption", StringComparison.Ordinal)
                    ? "Set hosting.storage.tls to verify if the server wants encryption; else let the user in with a line in its "
                        + "pg_hba.conf, and reload it: SELECT pg_reload_conf()."
                    : "Let the user in with a line in its pg_hba.conf, and reload it: SELECT pg_reload_conf(); or correct "
                        + "hosting.storage.user and database.",
                exception
            ),
            PostgresErrorCodes.InvalidCatalogName => new CanaryException(
                "database-missing",
                $"PostgreSQL at {Place(options)} has no database {options.Database}.",
                $"Make it: createdb --encoding UTF8 --owner {options.User} {options.Database}; or correct hosting.storage.database.",
                exception
            ),
            PostgresErrorCodes.InsufficientPrivilege => new CanaryException(
                "database-denied",
                $"The user {options.User} lacks a right in the database {options.Database} at {Place(options)}: {refusal.MessageText}",
                $"Make it the owner: ALTER DATABASE {options.Database} OWNER TO {options.User}; schemas and tables that are there "
                    + "already need the same.",
                exception
            ),
            PostgresErrorCodes.TooManyConnections => new CanaryException(
                "database-connections",
                $"PostgreSQL at {Place(options)} has no connection left: {refusal.MessageText}",
                "Raise max_connections of the server (or the limit of the role or the database), or lower "
                    + $"hosting.storage.connections ({options.Connections} for each process).",
                exception
            ),
            PostgresErrorCodes.DiskFull => new CanaryException(
                "database-full",
                $"The disk of PostgreSQL at {Place(options)} is full: {refusal.MessageText}",
                "Free space there; what waits goes on by itself.",
                exception
            ),
            PostgresErrorCodes.ReadOnlySqlTransaction => ReadOnly(options, isStandby: false),
            _ => new CanaryException(
                "database-error",
                $"PostgreSQL at {Place(options)} says: {refusal.MessageText} ({refusal.SqlState})",
                "See the server's log, and the log of this service.",
                exception
            ),
        };

    private static CanaryException Untrusted(
        StorageOptions options,
        AuthenticationException cause,
        Exception exception
    ) =>
        new(
            "database-untrusted",
            $"The certificate of PostgreSQL at {Place(options)} is not accepted: {cause.Message}",
            "Give the authority that issued it in hosting.storage.root-certificate, and use a name in hosting.storage.host that "
                + "the certificate holds.",
            exception
        );

    private static CanaryException WithoutTls(StorageOptions options, Exception exception) =>
        new(
            "database-without-tls",
            $"PostgreSQL at {Place(options)} does not speak TLS, which hosting.storage.tls ({options.Tls}) asks for.",
            "Switch it on in postgresql.conf (ssl, ssl_cert_file, ssl_key_file), or set hosting.storage.tls to off.",
            exception
        );

    private static CanaryException NoAnswer(StorageOptions options, Exception cause, Exception exception) =>
        new(
            "database-unreachable",
            $"PostgreSQL at {Place(options)} does not answer: {cause.Message}",
            "See that it runs there and listens (listen_addresses); hosting.storage.host and port say where.",
            exception
        );

    private static string Place(StorageOptions options) => $"{options.Host}:{options.Port}";
}
