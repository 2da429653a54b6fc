using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Canary.Ingress.Migrations.PostgreSql
{
    /// <inheritdoc />
    public partial class OneOrder : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(name: "IX_Rollouts_Application_StartedAt", schema: "ingress", table: "Rollouts");

            migrationBuilder.DropColumn(name: "RolloutStartedAt", schema: "ingress", table: "HostVersions");

            migrationBuilder.AddColumn<long>(
                name: "Number",
                schema: "ingress",
                table: "Rollouts",
                type: "bigint",
                nullable: false,
                defaultValue: 0L
            );

            migrationBuilder.AddColumn<string>(
                name: "Deploy",
                schema: "ingress",
                table: "Releases",
                type: "text",
                nullable: true
            );

            migrationBuilder.AddColumn<long>(
                name: "Number",
                schema: "ingress",
                table: "Releases",
                type: "bigint",
                nullable: false,
                defaultValue: 0L
            );

            migrationBuilder.AddColumn<string>(
                name: "Version",
                schema: "ingress",
                table: "Releases",
                type: "text",
                nullable: true,
                collation: "C"
            );

            migrationBuilder.AddColumn<long>(
                name: "RolloutNumber",
                schema: "ingress",
                table: "HostVersions",
                type: "bigint",
                nullable: false,
                defaultValue: 0L
            );

            migrationBuilder.CreateTable(
                name: "Holds",
                schema: "ingress",
                columns: table => new
                {
                    Application = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Revision = table.Column<int>(type: "integer", nullable: false),
                    Hold = table.Column<string>(type: "text", nullable: true),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Holds", x => x.Application);
                }
            );

            migrationBuilder.CreateIndex(
                name: "IX_Rollouts_Application_Number",
                schema: "ingress",
                table: "Rollouts",
                columns: new[] { "Application", "Number" }
            );

            migrationBuilder.CreateIndex(
                name: "IX_Releases_Application_Number",
                schema: "ingress",
                table: "Releases",
                columns: new[] { "Application", "Number" }
            );

            migrationBuilder.Sql("""UPDATE ingress."Releases" SET "Version" = "Snapshot"::json ->> 'version';""");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(name: "Holds", schema: "ingress");

            migrationBuilder.DropIndex(name: "IX_Rollouts_Application_Number", schema: "ingress", table: "Rollouts");

            migrationBuilder.DropIndex(name: "IX_Releases_Application_Number", schema: "ingress", table: "Releases");

            migrationBuilder.DropColumn(name: "Number", schema: "ingress", table: "Rollouts");

            migrationBuilder.DropColumn(name: "Deploy", schema: "ingress", table: "Releases");

            migrationBuilder.DropColumn(name: "Number", schema: "ingress", table: "Releases");

            migrationBuilder.DropColumn(name: "Version", schema: "ingress", table: "Releases");

            migrationBuilder.DropColumn(name: "RolloutNumber", schema: "ingress", table: "HostVersions");

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "RolloutStartedAt",
                schema: "ingress",
                table: "HostVersions",
                type: "timestamp with time zone",
                nullable: false,
                defaultValue: new DateTimeOffset(
                    new DateTime(1, 1, 1, 0, 0, 0, 0, DateTimeKind.Unspecified),
                    new TimeSpan(0, 0, 0, 0, 0)
                )
            );

            migrationBuilder.CreateIndex(
                name: "IX_Rollouts_Application_StartedAt",
                schema: "ingress",
                table: "Rollouts",
                columns: new[] { "Application", "StartedAt" }
            );
        }
    }
}
