using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Canary.Ingress.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class Alarms : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<bool>(
                name: "IsUndone",
                table: "Rollouts",
                type: "INTEGER",
                nullable: false,
                defaultValue: false
            );

            migrationBuilder.CreateTable(
                name: "AlarmDrills",
                columns: table => new
                {
                    Id = table.Column<string>(type: "TEXT", nullable: false),
                    Source = table.Column<string>(type: "TEXT", nullable: false),
                    Application = table.Column<string>(type: "TEXT", nullable: false),
                    SentAt = table.Column<long>(type: "INTEGER", nullable: false),
                    ArrivedAt = table.Column<long>(type: "INTEGER", nullable: true),
                    Found = table.Column<string>(type: "TEXT", nullable: true),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_AlarmDrills", x => x.Id);
                }
            );

            migrationBuilder.CreateTable(
                name: "Alarms",
                columns: table => new
                {
                    Id = table.Column<Guid>(type: "TEXT", nullable: false),
                    Source = table.Column<string>(type: "TEXT", nullable: false),
                    Revision = table.Column<int>(type: "INTEGER", nullable: false),
                    Application = table.Column<string>(type: "TEXT", nullable: true),
                    Host = table.Column<string>(type: "TEXT", nullable: true),
                    Severity = table.Column<string>(type: "TEXT", nullable: false),
                    IsFiring = table.Column<bool>(type: "INTEGER", nullable: false),
                    Firings = table.Column<int>(type: "INTEGER", nullable: false),
                    Beginning = table.Column<string>(type: "TEXT", nullable: true),
                    Summary = table.Column<string>(type: "TEXT", nullable: false),
                    ChangedAt = table.Column<long>(type: "INTEGER", nullable: false),
                    ReportAt = table.Column<long>(type: "INTEGER", nullable: true),
                    Reports = table.Column<int>(type: "INTEGER", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Alarms", x => x.Id);
                }
            );

            migrationBuilder.CreateIndex(name: "IX_AlarmDrills_SentAt", table: "AlarmDrills", column: "SentAt");

            migrationBuilder.CreateIndex(name: "IX_Alarms_ChangedAt", table: "Alarms", column: "ChangedAt");

            migrationBuilder.CreateIndex(name: "IX_Alarms_ReportAt", table: "Alarms", column: "ReportAt");

            migrationBuilder.CreateIndex(
                name: "IX_Alarms_Source_IsFiring",
                table: "Alarms",
                columns: new[] { "Source", "IsFiring" }
            );
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(name: "AlarmDrills");

            migrationBuilder.DropTable(name: "Alarms");

            migrationBuilder.DropColumn(name: "IsUndone", table: "Rollouts");
        }
    }
}
