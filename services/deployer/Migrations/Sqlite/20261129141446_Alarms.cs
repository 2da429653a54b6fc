using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Canary.Deployer.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class Alarms : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(name: "AlarmsBefore", table: "Rollouts", type: "INTEGER", nullable: true);

            migrationBuilder.AddColumn<string>(name: "Regret", table: "Rollouts", type: "TEXT", nullable: true);

            migrationBuilder.AddColumn<Guid>(name: "WatchToken", table: "Rollouts", type: "TEXT", nullable: true);

            migrationBuilder.AddColumn<long>(name: "WatchUntil", table: "Rollouts", type: "INTEGER", nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "AlarmsBefore",
                table: "RolloutHosts",
                type: "INTEGER",
                nullable: true
            );

            migrationBuilder.CreateTable(
                name: "Alarms",
                columns: table => new
                {
                    Id = table.Column<Guid>(type: "TEXT", nullable: false),
                    Revision = table.Column<int>(type: "INTEGER", nullable: false),
                    Application = table.Column<string>(type: "TEXT", nullable: false),
                    Host = table.Column<string>(type: "TEXT", nullable: true),
                    Severity = table.Column<string>(type: "TEXT", nullable: false),
                    IsFiring = table.Column<bool>(type: "INTEGER", nullable: false),
                    Firings = table.Column<int>(type: "INTEGER", nullable: false),
                    Place = table.Column<long>(type: "INTEGER", nullable: false),
                    Source = table.Column<string>(type: "TEXT", nullable: false),
                    Summary = table.Column<string>(type: "TEXT", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Alarms", x => x.Id);
                }
            );

            migrationBuilder.CreateIndex(
                name: "IX_Alarms_Application_Place",
                table: "Alarms",
                columns: new[] { "Application", "Place" }
            );
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(name: "Alarms");

            migrationBuilder.DropColumn(name: "AlarmsBefore", table: "Rollouts");

            migrationBuilder.DropColumn(name: "Regret", table: "Rollouts");

            migrationBuilder.DropColumn(name: "WatchToken", table: "Rollouts");

            migrationBuilder.DropColumn(name: "WatchUntil", table: "Rollouts");

            migrationBuilder.DropColumn(name: "AlarmsBefore", table: "RolloutHosts");
        }
    }
}
