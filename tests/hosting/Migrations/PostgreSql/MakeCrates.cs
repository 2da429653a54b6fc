using Canary.Durability.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Canary.Hosting.Tests.Migrations.PostgreSql;

public sealed class CrateStore(DbContextOptions<CrateStore> options) : ServiceDbContext(options)
{
    protected override void OnModel(ModelBuilder model) { }
}

/// <summary>Fails when it is applied a second time.</summary>
[DbContext(typeof(CrateStore))]
[Migration(Id)]
public sealed class MakeCrates : Migration
{
    public const string Id = "20260101000000_MakeCrates";

    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.EnsureSchema("crates");
        migrationBuilder.Sql("CREATE TABLE crates.crates (name text PRIMARY KEY)");
        migrationBuilder.Sql("INSERT INTO crates.crates VALUES ('the first')");
    }
}
