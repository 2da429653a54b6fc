using Canary.Hosting;
using Canary.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.Extensions.DependencyInjection;

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
        var builder = CanaryHost.CreateBuilder([
            $"--hosting:data={data.Path}",
            $"--hosting:storage:provider={database}",
            .. server is null ? (IEnumerable<string>)[] : await SettingsAsync(server),
        ]);
        builder.AddRepositoryPublisher();
        await using var app = builder.Build();
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

    private static async Task<string[]> SettingsAsync(PostgresServer server) =>
        [
            $"--hosting:storage:host={PostgresServer.Host}",
            $"--hosting:storage:port={server.Port}",
            $"--hosting:storage:database={await server.NewDatabaseAsync()}",
            $"--hosting:storage:user={PostgresServer.User}",
            $"--hosting:storage:passwordfile={server.PasswordFile}",
        ];
}
