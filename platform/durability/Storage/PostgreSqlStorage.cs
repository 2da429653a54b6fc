using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using System.Reflection;
using Canary.Durability.Connections;
using Canary.Failures;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Canary.Durability.Storage;

/// <summary>A schema per service on a PostgreSQL server, shared by the replicas of the service.</summary>
internal sealed class PostgreSqlStorage(IOptions<StorageOptions> options, DatabaseClock clock)
    : IStorage,
        IHealthCheck,
        IAsyncDisposable
{
    /// <summary>A replica that is frozen while it hands messages over gives them up after this time, by the server's
    /// doing.</summary>
    private static readonly TimeSpan LongestIdleHandOver = TimeSpan.FromSeconds(15);

    /// <summary>SQLSTATE of a session that the server ended for idling in a transaction.</summary>
    private const string IdleInTransaction = "25P03";

    /// <summary>Services whose tables are not up to date, with what is in the way.</summary>
    private readonly ConcurrentDictionary<string, Exception?> _outdated = [];
    private readonly ConcurrentDictionary<(Type Store, Type Row), PostgreSqlInsert> _inserts = [];
    private readonly Lazy<NpgsqlDataSource> _server = new(() => Connect(options.Value));

    public bool IsShared => true;

    public TimeSpan LongestSleep { get; } = TimeSpan.FromSeconds(2);

    public NpgsqlDataSource Server => _server.Value;

    /// <summary>Why the tables of a service are not up to date; <c>null</c>: all are.</summary>
    public CanaryException? Unmigrated => _outdated.Select(it => Outdated(it.Key, it.Value)).FirstOrDefault();

    /// <summary>Schema of a service.</summary>
    public static string SchemaOf(string service) => service.Replace('-', '_');

    public void Configure(DbContextOptionsBuilder options, string service) =>
        options.UseNpgsql(
            Server,
            postgres =>
                postgres
                    .MigrationsHistoryTable("__EFMigrationsHistory", SchemaOf(service))
                    // The default one hides what the database says behind an exception of its own.
                    .ExecutionStrategy(store => new NonRetryingExecutionStrategy(store))
        );

    // EF's own lock is on the table of migrations, which at the first start does not exist yet, nor does its schema.
    public async Task MigrateAsync(DbContext store, string service, CancellationToken cancellation)
    {
        _outdated.TryAdd(service, value: null);
        try
        {
            await MigrateInTurnAsync(store, service, cancellation);
            _outdated.TryRemove(service, out _);
        }
        catch (Exception exception)
        {
            _outdated[service] = exception;
            throw;
        }
    }

    private async Task MigrateInTurnAsync(DbContext store, string service, CancellationToken cancellation)
    {
        await using var connection = await Server.OpenConnectionAsync(cancellation);
        // Nothing is written down by another clock: the workers wait until the tables are up to date.
        await ReadClockAsync(connection, cancellation);
        await using var held = connection.CreateCommand();
        held.CommandText = "SELECT pg_advisory_lock($1)";
        held.CommandTimeout = 0;
        held.Parameters.Add(new NpgsqlParameter<long> { TypedValue = AdvisoryLock.KeyOf(service, "migration") });
        await held.ExecuteNonQueryAsync(cancellation);
        try
        {
            await NewerTables.RefuseAsync(store, service, cancellation);
            await store.Database.MigrateAsync(cancellation);
        }
        finally
        {
            // A pooled connection would keep the lock.
            await using var released = connection.CreateCommand();
            released.CommandText = "SELECT pg_advisory_unlock_all()";
            await released.ExecuteNonQueryAsync(CancellationToken.None);
        }
    }

    /// <summary>Sets the clock of this process by that of the server.</summary>
    public async Task ReadClockAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var ask = new NpgsqlCommand("SELECT clock_timestamp()", connection);
        var asked = clock.GetTimestamp();
        await using var row = await ask.ExecuteReaderAsync(cancellation);
        await row.ReadAsync(cancellation);
        clock.Hear(await row.GetFieldValueAsync<DateTimeOffset>(0, cancellation), asked, clock.GetTimestamp());
    }

    public async Task InsertAsync(ServiceDbContext store, IReadOnlyList<object> rows, CancellationToken cancellation)
    {
        // A batch is a transaction of its own.
        await using var batch = Server.CreateBatch();
        foreach (var table in rows.GroupBy(row => row.GetType()))
        {
            var insert = _inserts.GetOrAdd(
                (store.GetType(), table.Key),
                it => new PostgreSqlInsert(store.Model.FindEntityType(it.Row)!)
            );
            batch.BatchCommands.Add(insert.CommandFor([.. table]));
        }

        try
        {
            await batch.ExecuteNonQueryAsync(cancellation);
        }
        catch (NpgsqlException exception)
        {
            throw new DbUpdateException("The rows could not be stored.", exception);
        }
    }

    public async Task<IDbContextTransaction?> BeginHandOverAsync(ServiceDbContext store, CancellationToken cancellation)
    {
        var transaction = await store.Database.BeginTransactionAsync(cancellation);
        var limit = LongestIdleHandOver.TotalMilliseconds.ToString(CultureInfo.InvariantCulture);
        // A hand-over that a power cut undoes is done once more, as after any crash: nothing waits for the disk here.
#pragma warning disable EF1002 // A number of ours; it cannot be a parameter.
        await store.Database.ExecuteSqlRawAsync(
            $"SET LOCAL idle_in_transaction_session_timeout = {limit}; SET LOCAL synchronous_commit = off",
            cancellation
        );
#pragma warning restore EF1002
        return transaction;
    }

    public IQueryable<OutboxMessage> DueMessages(ServiceDbContext store, DateTimeOffset now, int limit)
    {
        var table = store.Model.FindEntityType(typeof(OutboxMessage))!;
#pragma warning disable EF1002 // Names from our own model; they cannot be parameters.
        return store
            .Outbox.FromSqlRaw(
                $$"""
                SELECT * FROM "{{table.GetSchema()}}"."{{table.GetTableName()}}" WHERE "NotBefore" <= {0}
                ORDER BY "Sequence" LIMIT {1} FOR UPDATE SKIP LOCKED
                """,
                now,
                limit
            )
            .AsNoTracking();
#pragma warning restore EF1002
    }

    public bool IsUnavailable(Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (cause is LockLostException)
            {
                return true;
            }

            if (cause is PostgresException refused)
            {
                return refused.IsTransient
                    || refused.SqlState == IdleInTransaction
                    || PostgreSqlErrors.IsRefusal(refused);
            }

            if (
                cause
                is NpgsqlException { IsTransient: true }
                    or NpgsqlException { InnerException: IOException or SocketException }
            )
            {
                return true;
            }
        }

        return false;
    }

    public async Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context,
        CancellationToken cancellationToken = default
    )
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(3));
        try
        {
            // As cheap as any question, and a standby would answer others all the same.
            await using var command = Server.CreateCommand("SHOW transaction_read_only");
            return await command.ExecuteScalarAsync(limit.Token) is "on"
                    ? CheckFailure.Unhealthy(PostgreSqlErrors.ReadOnly(options.Value, isStandby: false))
                : Unmigrated is { } outdated ? CheckFailure.Unhealthy(outdated)
                : HealthCheckResult.Healthy();
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            return CheckFailure.Unhealthy(PostgreSqlErrors.Of(options.Value, exception));
        }
    }

    public ValueTask DisposeAsync() => _server.IsValueCreated ? _server.Value.DisposeAsync() : ValueTask.CompletedTask;

    /// <summary>Makes connections.</summary>
    /// <param name="options">To where.</param>
    /// <param name="change">What is different about them.</param>
    public static NpgsqlDataSource Connect(StorageOptions options, Action<NpgsqlDataSourceBuilder>? change = null)
    {
        var address = new NpgsqlConnectionStringBuilder
        {
            Host = options.Host,
            Port = options.Port,
            Database = options.Database,
            Username = options.User,
            ApplicationName = Assembly.GetEntryAssembly()?.GetName().Name ?? "canary",
            SslMode = options.Tls == TlsModes.Off ? SslMode.Disable : SslMode.Require,
            MaxPoolSize = options.Connections,
            Timeout = 5,
            CancellationTimeout = 2000,
            KeepAlive = 15,
            TcpKeepAlive = true,
            IncludeErrorDetail = false,
        };
        var server = new NpgsqlDataSourceBuilder(address.ConnectionString);
        if (options.Tls == TlsModes.Verify)
        {
            // The driver's own mode for this cannot say what is wrong with a certificate.
            var validation = ServerCertificates.Explaining(
                ServerCertificates.IssuedBy(options.RootCertificate),
                options.Host
            );
            server.UseSslClientAuthenticationOptionsCallback(tls =>
            {
                tls.TargetHost = options.Host;
                tls.RemoteCertificateValidationCallback = validation;
            });
        }

        if (options.PasswordFile is { } file)
        {
            server.UsePasswordProvider(
                _ => SecretFiles.FirstLineOf(file) ?? "",
                (_, _) => ValueTask.FromResult(SecretFiles.FirstLineOf(file) ?? "")
            );
        }

        change?.Invoke(server);
        return server.Build();
    }

    private CanaryException Outdated(string service, Exception? cause)
    {
        var problem = cause is null ? null : cause as CanaryException ?? PostgreSqlErrors.Of(options.Value, cause);
        return new CanaryException(
            DurabilityCodes.DatabaseOutdated,
            $"The tables of {service} are not up to date yet{(problem is null ? "." : $": {problem.Message}")}",
            problem?.Remedy ?? "It passes when the service has started.",
            cause
        );
    }
}
