using System.Reflection;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore.Migrations.Internal;

namespace Canary.Durability.Storage;

/// <summary>
/// A service has a set of migrations for each database, in the namespaces <c>Migrations.Sqlite</c> and
/// <c>Migrations.PostgreSql</c>. Only the set of the database in use is seen, at run time and by <c>dotnet ef</c>.
/// </summary>
#pragma warning disable EF1001 // The only place where EF lets one choose.
internal sealed class MigrationsOfProvider(
    ICurrentDbContext current,
    IDbContextOptions options,
    IMigrationsIdGenerator ids,
    IDiagnosticsLogger<DbLoggerCategory.Migrations> logger
) : MigrationsAssembly(current, options, ids, logger)
{
    private readonly string _namespace =
        current.Context.Database.ProviderName == SqliteStorage.ProviderName
            ? ".Migrations.Sqlite"
            : ".Migrations.PostgreSql";

    private readonly Type _store = current.Context.GetType();
    private IReadOnlyDictionary<string, TypeInfo>? _migrations;
    private ModelSnapshot? _snapshot;

    public override IReadOnlyDictionary<string, TypeInfo> Migrations =>
        _migrations ??= base
            .Migrations.Where(migration => IsOurs(migration.Value))
            .ToDictionary(migration => migration.Key, migration => migration.Value);

    public override ModelSnapshot? ModelSnapshot =>
        _snapshot ??= Assembly
            .DefinedTypes.Where(type =>
                type.IsSubclassOf(typeof(ModelSnapshot))
                && type.GetCustomAttribute<DbContextAttribute>()?.ContextType == _store
                && IsOurs(type)
            )
            .Select(type => (ModelSnapshot?)Activator.CreateInstance(type))
            .FirstOrDefault();

    private bool IsOurs(Type type) => type.Namespace?.EndsWith(_namespace, StringComparison.Ordinal) == true;
}
#pragma warning restore EF1001
