using Canary.Failures;
using Canary.Hosting;
using Canary.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace Canary.RepositoryPublisher.Tests;

/// <summary>What an older version has published belongs to somebody after an update.</summary>
public sealed class UpgradeTests
{
    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgresql")]
    public async Task Names_of_before_belong_to_the_application_whose_hosts_need_them(string database)
    {
        using var data = new TempDirectory();
        await using var server = database == "postgresql" ? await PostgresServer.StartAsync() : null;
        await using var app = Build([
            $"--hosting:data={data.Path}",
            $"--hosting:storage:provider={database}",
            .. server is null ? (IEnumerable<string>)[] : await SettingsAsync(server),
        ]);
        await using var scope = app.Services.CreateAsyncScope();
        var store = scope.ServiceProvider.GetRequiredService<RepositoryStore>();
        var migrator = store.GetService<IMigrator>();
        await migrator.MigrateAsync("KeptVersions");
        await store.Database.OpenConnectionAsync();
        if (server is not null)
        {
            await store.Database.ExecuteSqlAsync($"SET search_path TO repository_publisher");
        }

        var now = TimeProvider.System.GetUtcNow();
        foreach (var (name, version) in new[] { ("shop-web", "1"), ("shop-web", "2"), ("shared", "1"), ("other", "1") })
        {
            var file = $"{name}_{version}";
            await store.Database.ExecuteSqlAsync(
                $"""
                INSERT INTO "Packages" ("Name", "Version", "Architecture", "FileName", "Sha256", "Size", "Stanza", "PublishedAt")
                VALUES ({name}, {version}, 'all', {file}, {file}, 1, '', {now})
                """
            );
        }

        await KeepAsync("shop", """[{"package":"shop-web","version":"2"},{"package":"shop","version":"1"}]""");
        await KeepAsync("one", """[{"package":"shared","version":"1"}]""");
        await KeepAsync("two", """[{"package":"shared","version":"1"}]""");

        await migrator.MigrateAsync();

        (await store.Names.OrderBy(it => it.Name).ToListAsync())
            .Select(it => (it.Name, it.Application))
            .ShouldBe([("other", null), ("shared", null), ("shop", "shop"), ("shop-web", "shop")]);

        Task<int> KeepAsync(string application, string versions) =>
            store.Database.ExecuteSqlAsync(
                $"""INSERT INTO "Kept" ("Application", "Number", "Versions") VALUES ({application}, 1, {versions})"""
            );
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgresql")]
    public async Task Tables_of_a_newer_version_are_left_alone(string database)
    {
        using var data = new TempDirectory();
        await using var server = database == "postgresql" ? await PostgresServer.StartAsync() : null;
        IEnumerable<string> settings =
        [
            $"--hosting:data={data.Path}",
            "--hosting:listen=http://127.0.0.1:0",
            $"--hosting:storage:provider={database}",
            .. server is null ? (IEnumerable<string>)[] : await SettingsAsync(server),
        ];
        await using (var newer = Build(settings))
        {
            await using var scope = newer.Services.CreateAsyncScope();
            var store = scope.ServiceProvider.GetRequiredService<RepositoryStore>();
            await store.GetService<IMigrator>().MigrateAsync();
            var history = store.GetService<IHistoryRepository>();
            await store.Database.ExecuteSqlRawAsync(
                history.GetInsertScript(new HistoryRow("99991231000000_Later", "99"))
            );
        }

        await using var app = Build(settings);
        if (server is null)
        {
            (await Should.ThrowAsync<CanaryException>(app.StartAsync())).Code.ShouldBe("database-newer");
            return;
        }

        // A database server is waited for: it may be another one soon.
        var migration = app.Services.GetServices<IHostedService>().OfType<IHostedLifecycleService>().ToList();
        migration.ForEach(service => service.StartingAsync(CancellationToken.None));
        var health = app.Services.GetRequiredService<HealthCheckService>();
        await Eventually.PassesAsync(async () =>
            (await health.CheckHealthAsync(check => check.Name == "database"))
                .Entries["database"]
                .Description.ShouldNotBeNull()
                .ShouldContain("99991231000000_Later")
        );
        await Task.WhenAll(migration.Select(service => service.StoppingAsync(CancellationToken.None)));
        await Task.WhenAll(migration.Select(service => service.StoppedAsync(CancellationToken.None)));
    }

    private static WebApplication Build(IEnumerable<string> settings)
    {
        var builder = CanaryHost.CreateBuilder([.. settings]);
        builder.AddRepositoryPublisher();
        return builder.Build();
    }

    private static async Task<string[]> SettingsAsync(PostgresServer server) =>
        [
            $"--hosting:storage:host={PostgresServer.Host}",
            $"--hosting:storage:port={server.Port}",
            $"--hosting:storage:database={await server.NewDatabaseAsync()}",
            $"--hosting:storage:user={PostgresServer.User}",
            $"--hosting:storage:passwordfile={server.PasswordFile}",
        ];
}
