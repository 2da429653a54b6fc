using Canary.Durability.Connections;
using Canary.Failures;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Canary.Durability.Storage;

/// <summary>Whether the database server answers, is new enough, and lets this host do what it needs.</summary>
internal sealed class PostgreSqlCheck(
    PostgreSqlStorage storage,
    IEnumerable<HostedModule> modules,
    IOptions<StorageOptions> options,
    TimeProvider time
) : IHealthCheck
{
    private const int Oldest = 15;

    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(4);

    private readonly StorageOptions _options = options.Value;

    public async Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context,
        CancellationToken cancellationToken = default
    )
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(AnswerLimit);
        try
        {
            // Not one of those that the services may have used up, and it asks for nothing before the version is known.
            await using var server = PostgreSqlStorage.Connect(
                _options,
                server =>
                {
                    server.ConnectionStringBuilder.Pooling = false;
                    server.ConfigureTypeLoading(types => types.EnableTypeLoading(false));
                }
            );
            await using var connection = await server.OpenConnectionAsync(limit.Token);
            return await LookAsync(connection, limit.Token);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            return CheckFailure.Unhealthy(PostgreSqlErrors.Of(_options, exception));
        }
    }

    private async Task<HealthCheckResult> LookAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var version = connection.PostgreSqlVersion;
        if (version.Major < Oldest)
        {
            return CheckFailure.Unhealthy(PostgreSqlErrors.TooOld(_options, version, Oldest));
        }

        var machine = time.OfThisMachine();
        var asked = machine.GetUtcNow();
        var facts = await FactsAsync(connection, cancellation);
        var skew = ClockSkew.Of(facts.Clock, asked, machine.GetUtcNow());
        if (Fault(facts) is { } fault)
        {
            return CheckFailure.Unhealthy(fault);
        }

        var all = $"PostgreSQL {version} at {_options.Host}:{_options.Port}, database {_options.Database}";
        return skew is not null ? CheckFailure.Degraded($"{all}: its clock is {skew} this host's.", ClockSkew.Remedy)
            : facts.Processes * _options.Connections > facts.MostConnections
                ? CheckFailure.Degraded(
                    $"{all}, takes {facts.MostConnections} connections; {facts.Processes} processes of Canary may need "
                        + $"{_options.Connections} each.",
                    "Raise max_connections of the server, or lower hosting.storage.connections."
                )
            : HealthCheckResult.Healthy(all);
    }

    private CanaryException? Fault(Facts facts) =>
        facts switch
        {
            { Encoding: not "UTF8" } => PostgreSqlErrors.WrongEncoding(_options, facts.Encoding),
            { IsReadOnly: true } => PostgreSqlErrors.ReadOnly(_options, facts.IsStandby),
            { Foreign: { } schema } => PostgreSqlErrors.NotOurs(_options, schema),
            _ => storage.Unmigrated,
        };

    private async Task<Facts> FactsAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var ask = connection.CreateCommand();
        ask.CommandText = """
            SELECT
                (SELECT pg_encoding_to_char(encoding)::text FROM pg_database WHERE datname = current_database()),
                pg_is_in_recovery(),
                current_setting('transaction_read_only') = 'on',
                (SELECT min(space.nspname)::text FROM pg_namespace space
                    LEFT JOIN pg_class item ON item.relnamespace = space.oid AND item.relkind = 'r'
                    WHERE space.nspname = ANY ($1) AND NOT (
                        has_schema_privilege(space.oid, 'USAGE')
                        AND (item.oid IS NULL OR (
                            has_table_privilege(item.oid, 'SELECT') AND has_table_privilege(item.oid, 'INSERT')
                            AND has_table_privilege(item.oid, 'UPDATE') AND has_table_privilege(item.oid, 'DELETE')
                        ))
                    )),
                current_setting('max_connections')::bigint,
                (SELECT count(DISTINCT (application_name, client_addr)) FROM pg_stat_activity
                    WHERE usename = current_user AND datname = current_database()),
                clock_timestamp()
            """;
        ask.Parameters.Add(
            new NpgsqlParameter<string[]>
            {
                TypedValue = [.. modules.Select(module => PostgreSqlStorage.SchemaOf(module.Name))],
            }
        );
        await using var row = await ask.ExecuteReaderAsync(cancellation);
        await row.ReadAsync(cancellation);
        return new Facts(
            row.GetString(0),
            row.GetBoolean(1),
            row.GetBoolean(2),
            await row.IsDBNullAsync(3, cancellation) ? null : row.GetString(3),
            row.GetInt64(4),
            row.GetInt64(5),
            await row.GetFieldValueAsync<DateTimeOffset>(6, cancellation)
        );
    }

    /// <param name="Encoding">Of the database.</param>
    /// <param name="IsStandby">Whether it follows another server.</param>
    /// <param name="IsReadOnly">Whether nothing can be written.</param>
    /// <param name="Foreign">A schema of this host that the user may not work in.</param>
    /// <param name="MostConnections">How many the server takes.</param>
    /// <param name="Processes">Programs and machines that are connected to the database; replicas on one machine count as
    /// one.</param>
    /// <param name="Clock">The server's time.</param>
    private sealed record Facts(
        string Encoding,
        bool IsStandby,
        bool IsReadOnly,
        string? Foreign,
        long MostConnections,
        long Processes,
        DateTimeOffset Clock
    );
}
