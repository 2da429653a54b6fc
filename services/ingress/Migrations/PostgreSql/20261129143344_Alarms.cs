using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Canary.Ingress.Migrations.PostgreSql
{
    /// <inheritdoc />
    public partial class Alarms : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<bool>(
                name: "IsUndone",
                schema: "ingress",
                table: "Rollouts",
                type: "boolean",
                nullable: false,
                defaultValue: false
            );

            migrationBuilder.CreateTable(
                name: "AlarmDrills",
                schema: "ingress",
                columns: table => new
                {
                    Id = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Source = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Application = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    SentAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    ArrivedAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    Found = table.Column<string>(type: "text", nullable: true, collation: "C"),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_AlarmDrills", x => x.Id);
                }
            );

            migrationBuilder.CreateTable(
                name: "Alarms",
                schema: "ingress",
                columns: table => new
                {
                    Id = table.Column<Guid>(type: "uuid", nullable: false),
                    Source = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Revision = table.Column<int>(type: "integer", nullable: false),
                    Application = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    Host = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    Severity = table.Column<string>(type: "text", nullable: false),
                    IsFiring = table.Column<bool>(type: "boolean", nullable: false),
                    Firings = table.Column<int>(type: "integer", nullable: false),
                    Beginning = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    Summary = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    ChangedAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    ReportAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    Reports = table.Column<int>(type: "integer", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Alarms", x => x.Id);
                }
            );

            migrationBuilder.CreateIndex(
                name: "IX_AlarmDrills_SentAt",
                schema: "ingress",
                table: "AlarmDrills",
                column: "SentAt"
            );

            migrationBuilder.CreateIndex(
                name: "IX_Alarms_ChangedAt",
                schema: "ingress",
                table: "Alarms",
                column: "ChangedAt"
            );

            migrationBuilder.CreateIndex(
                name: "IX_Alarms_ReportAt",
                schema: "ingress",
                table: "Alarms",
                column: "ReportAt"
            );

            migrationBuilder.CreateIndex(
                name: "IX_Alarms_Source_IsFiring",
                schema: "ingress",
                table: "Alarms",
                columns: new[] { "Source", "IsFiring" }
            );
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(name: "AlarmDrills", schema: "ingress");

            migrationBuilder.DropTable(name: "Alarms", schema: "ingress");

            migrationBuilder.DropColumn(name: "IsUndone", schema: "ingress", table: "Rollouts");
        }
    }
}
