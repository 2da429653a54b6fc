using Canary.Durability.Storage;
using Canary.Hosting;
using Canary.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.Architecture.Tests;

public sealed class MigrationTests
{
    public static TheoryData<string, string> StoresAndDatabases =>
        new(
            from store in Stores()
            from database in (string[])[StorageOptions.Sqlite, StorageOptions.PostgreSql]
            select (store.Name, database)
        );

    [Theory]
    [MemberData(nameof(StoresAndDatabases))]
    public async Task Migrations_of_each_database_lead_to_the_tables_that_the_code_wants(string store, string database)
    {
        using var data = new TempDirectory();
        var builder = CanaryHost.CreateBuilder([
            $"--hosting:data={data.Path}",
            $"--hosting:storage:provider={database}",
        ]);
        foreach (var add in OptionTypes.Registrations())
        {
            add.Invoke(null, [builder]);
        }

        await using var app = builder.Build();
        await using var scope = app.Services.CreateAsyncScope();
        var context = (DbContext)scope.ServiceProvider.GetRequiredService(Stores().Single(it => it.Name == store));

        context.Database.GetMigrations().ShouldNotBeEmpty();
        context.Database.HasPendingModelChanges().ShouldBeFalse("See CONTRIBUTING.md on how a migration is made.");
    }

    private static IEnumerable<Type> Stores() =>
        from assembly in Assemblies.Products
        from type in assembly.GetTypes()
        where type.IsSubclassOf(typeof(ServiceDbContext))
        select type;
}
