using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Canary.Deployer.Migrations.PostgreSql
{
    /// <inheritdoc />
    public partial class Alarms : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(
                name: "AlarmsBefore",
                schema: "deployer",
                table: "Rollouts",
                type: "bigint",
                nullable: true
            );

            migrationBuilder.AddColumn<string>(
                name: "Regret",
                schema: "deployer",
                table: "Rollouts",
                type: "text",
                nullable: true
            );

            migrationBuilder.AddColumn<Guid>(
                name: "WatchToken",
                schema: "deployer",
                table: "Rollouts",
                type: "uuid",
                nullable: true
            );

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "WatchUntil",
                schema: "deployer",
                table: "Rollouts",
                type: "timestamp with time zone",
                nullable: true
            );

            migrationBuilder.AddColumn<long>(
                name: "AlarmsBefore",
                schema: "deployer",
                table: "RolloutHosts",
                type: "bigint",
                nullable: true
            );

            migrationBuilder.CreateTable(
                name: "Alarms",
                schema: "deployer",
                columns: table => new
                {
                    Id = table.Column<Guid>(type: "uuid", nullable: false),
                    Revision = table.Column<int>(type: "integer", nullable: false),
                    Application = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Host = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    Severity = table.Column<string>(type: "text", nullable: false),
                    IsFiring = table.Column<bool>(type: "boolean", nullable: false),
                    Firings = table.Column<int>(type: "integer", nullable: false),
                    Place = table.Column<long>(type: "bigint", nullable: false),
                    Source = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Summary = table.Column<string>(type: "text", nullable: false, collation: "C"),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Alarms", x => x.Id);
                }
            );

            migrationBuilder.CreateIndex(
                name: "IX_Alarms_Application_Place",
                schema: "deployer",
                table: "Alarms",
                columns: new[] { "Application", "Place" }
            );
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(name: "Alarms", schema: "deployer");

            migrationBuilder.DropColumn(name: "AlarmsBefore", schema: "deployer", table: "Rollouts");

            migrationBuilder.DropColumn(name: "Regret", schema: "deployer", table: "Rollouts");

            migrationBuilder.DropColumn(name: "WatchToken", schema: "deployer", table: "Rollouts");

            migrationBuilder.DropColumn(name: "WatchUntil", schema: "deployer", table: "Rollouts");

            migrationBuilder.DropColumn(name: "AlarmsBefore", schema: "deployer", table: "RolloutHosts");
        }
    }
}
