using System.Net;
using Canary.Testing;
using static Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus;

namespace Canary.Hosting.Tests.Health;

/// <summary>What <c>canary doctor</c> is told about PostgreSQL.</summary>
public sealed class PostgreSqlDoctorTests(Servers servers)
{
    private static string Host => PostgresServer.Host;

    [Fact]
    public async Task A_database_that_is_well_is_named_with_its_version_and_place()
    {
        var (postgres, database) = await NewDatabaseAsync();
        await using var patient = await StartAsync(postgres, database);
        var version = (await postgres.QueryAsync(database, "SHOW server_version")).Split(' ', '\n')[0];

        await patient.ShouldBeAsync(
            "postgresql",
            Healthy,
            $"PostgreSQL {version} at {Host}:{postgres.Port}, database {database}"
        );
        (await patient.CheckAsync()).ShouldAllBe(check => check.Status == Healthy);
    }

    [Fact]
    public async Task A_server_that_is_away_is_told()
    {
        var away = FreePort.Next();
        var (postgres, database) = await NewDatabaseAsync();
        await using var patient = await StartAsync(postgres, database, $"--hosting:storage:port={away}");

        await patient.ShouldBeAsync(
            "postgresql",
            Unhealthy,
            $"PostgreSQL at {Host}:{away} does not answer: Connection refused",
            "hosting.storage.host"
        );
    }

    [Fact]
    public async Task A_wrong_password_is_told_and_the_right_one_is_taken_without_a_restart()
    {
        using var directory = new TempDirectory();
        var file = directory.WriteFile("password", "a password of this test run, but wrong");
        var (postgres, database) = await NewDatabaseAsync();
        await using var patient = await StartAsync(postgres, database, $"--hosting:storage:passwordfile={file}");

        await patient.ShouldBeAsync("postgresql", Unhealthy, $"does not know the user {PostgresServer.User}", file);

        File.Copy(postgres.PasswordFile, file, overwrite: true);
        await patient.ShouldBeAsync("postgresql", Healthy, $"database {database}");
    }

    [Fact]
    public async Task A_server_that_lets_the_user_in_by_no_rule_is_told()
    {
        var (postgres, database) = await NewDatabaseAsync();
        var user = await postgres.NewUserAsync();
        await postgres.AddAccessRuleAsync($"hostnossl all {user} all reject");
        await using var patient = await StartAsync(postgres, database, $"--hosting:storage:user={user}");

        await patient.ShouldBeAsync("postgresql", Unhealthy, "pg_hba.conf", "hosting.storage.tls");
    }

    [Fact]
    public async Task A_database_that_is_missing_is_told_with_how_to_make_it()
    {
        await using var patient = await StartAsync(await servers.PostgresAsync(), "nowhere");

        await patient.ShouldBeAsync(
            "postgresql",
            Unhealthy,
            "has no database nowhere",
            $"createdb --encoding UTF8 --owner {PostgresServer.User} nowhere"
        );
    }

    [Fact]
    public async Task A_user_that_may_make_no_schema_is_told_and_works_as_soon_as_it_may()
    {
        var (postgres, database) = await NewDatabaseAsync();
        var user = await postgres.NewUserAsync();
        await using var patient = await StartAsync(postgres, database, $"--hosting:storage:user={user}");

        await patient.ShouldBeAsync(
            "postgresql",
            Unhealthy,
            $"permission denied for database {database}",
            $"ALTER DATABASE {database} OWNER TO {user}"
        );

        await postgres.QueryAsync(database, $"ALTER DATABASE {database} OWNER TO {user}");
        await patient.ShouldBeAsync("postgresql", Healthy, $"database {database}");
    }

    [Fact]
    public async Task Tables_that_belong_to_somebody_else_are_told()
    {
        var (postgres, database) = await NewDatabaseAsync();
        var user = await postgres.NewUserAsync();
        await using (var maker = await StartAsync(postgres, database))
        {
            await maker.ShouldBeAsync("postgresql", Healthy, $"database {database}");
        }

        await postgres.QueryAsync(
            database,
            $"""GRANT USAGE ON SCHEMA crates TO {user}; GRANT SELECT ON crates."__EFMigrationsHistory" TO {user}"""
        );
        await using var patient = await StartAsync(postgres, database, $"--hosting:storage:user={user}");

        await patient.ShouldBeAsync(
            "postgresql",
            Unhealthy,
            $"The user {user} may not use all of the schema crates",
            $"ALTER SCHEMA crates OWNER TO {user}"
        );
    }

    [Fact]
    public async Task A_migration_that_fails_is_told_with_what_the_database_says()
    {
        var (postgres, database) = await NewDatabaseAsync();
        await postgres.QueryAsync(database, "CREATE SCHEMA crates CREATE TABLE crates (other text)");
        await using var patient = await StartAsync(postgres, database);

        await patient.ShouldBeAsync(
            "postgresql",
            Unhealthy,
            "The tables of crates are not up to date yet: PostgreSQL at",
            "log of this service"
        );
    }

    [Fact]
    public async Task A_database_that_does_not_hold_all_text_is_told()
    {
        var postgres = await servers.PostgresAsync();
        var database = await postgres.NewDatabaseAsync("ENCODING SQL_ASCII LOCALE 'C' TEMPLATE template0");
        await using var patient = await StartAsync(postgres, database);

        await patient.ShouldBeAsync("postgresql", Unhealthy, "has the encoding SQL_ASCII", "--encoding UTF8");
    }

    [Fact]
    public async Task A_database_that_is_read_only_is_told_and_the_host_is_not_ready()
    {
        var (postgres, database) = await NewDatabaseAsync();
        await postgres.QueryAsync(database, $"ALTER DATABASE {database} SET default_transaction_read_only = on");
        await using var patient = await StartAsync(postgres, database);

        await patient.ShouldBeAsync(
            "postgresql",
            Unhealthy,
            "is set to be read only",
            $"ALTER DATABASE {database} RESET default_transaction_read_only"
        );
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri(patient.Address, "health/ready"));
        answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await answer.Content.ReadAsStringAsync()).ShouldContain("read only");
    }

    [Fact]
    public async Task A_standby_is_told()
    {
        await using var postgres = await PostgresServer.StartAsync();
        var database = await postgres.NewDatabaseAsync();
        await postgres.BecomeStandbyAsync();
        await using var patient = await StartAsync(postgres, database);

        await patient.ShouldBeAsync("postgresql", Unhealthy, "is a standby", "Name the primary");
    }

    [Fact]
    public async Task A_server_without_a_free_connection_is_told()
    {
        var (postgres, database) = await NewDatabaseAsync();
        var user = await postgres.NewUserAsync();
        await postgres.QueryAsync(database, $"ALTER ROLE {user} CONNECTION LIMIT 0");
        await using var patient = await StartAsync(postgres, database, $"--hosting:storage:user={user}");

        await patient.ShouldBeAsync("postgresql", Unhealthy, "has no connection left", "max_connections");
    }

    [Fact]
    public async Task A_server_that_has_not_enough_connections_for_all_processes_is_a_warning()
    {
        var (postgres, database) = await NewDatabaseAsync();
        await using var patient = await StartAsync(postgres, database, "--hosting:storage:connections=1000");

        await patient.ShouldBeAsync("postgresql", Degraded, "1 processes of Canary may need 1000", "max_connections");
    }

    [Fact]
    public async Task Encryption_where_the_server_has_none_is_told()
    {
        var (postgres, database) = await NewDatabaseAsync();
        await using var patient = await StartAsync(postgres, database, "--hosting:storage:tls=require");

        await patient.ShouldBeAsync("postgresql", Unhealthy, "does not speak TLS", "ssl_cert_file");
    }

    [Fact]
    public async Task A_server_that_is_too_old_is_told()
    {
        await using var antique = AntiqueServer.Database("14.9");
        var (postgres, database) = await NewDatabaseAsync();
        await using var patient = await StartAsync(postgres, database, $"--hosting:storage:port={antique.Port}");

        await patient.ShouldBeAsync("postgresql", Unhealthy, "is 14.9, which is older than 15", "Update it to 15");
    }

    private async Task<(PostgresServer Postgres, string Database)> NewDatabaseAsync()
    {
        var postgres = await servers.PostgresAsync();
        return (postgres, await postgres.NewDatabaseAsync());
    }

    private async Task<Patient> StartAsync(PostgresServer postgres, string database, params string[] settings)
    {
        var rabbit = await servers.RabbitAsync();
        return await Patient.WithTablesAsync([
            .. Servers.SettingsFor(postgres, database, rabbit, await rabbit.NewVirtualHostAsync()),
            .. settings,
        ]);
    }
}
