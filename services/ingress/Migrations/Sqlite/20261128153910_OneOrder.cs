using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Canary.Ingress.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class OneOrder : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(name: "IX_Rollouts_Application_StartedAt", table: "Rollouts");

            migrationBuilder.RenameColumn(name: "RolloutStartedAt", table: "HostVersions", newName: "RolloutNumber");

            migrationBuilder.AddColumn<long>(
                name: "Number",
                table: "Rollouts",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0L
            );

            migrationBuilder.AddColumn<string>(name: "Deploy", table: "Releases", type: "TEXT", nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "Number",
                table: "Releases",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0L
            );

            migrationBuilder.AddColumn<string>(name: "Version", table: "Releases", type: "TEXT", nullable: true);

            migrationBuilder.CreateTable(
                name: "Holds",
                columns: table => new
                {
                    Application = table.Column<string>(type: "TEXT", nullable: false),
                    Revision = table.Column<int>(type: "INTEGER", nullable: false),
                    Hold = table.Column<string>(type: "TEXT", nullable: true),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Holds", x => x.Application);
                }
            );

            migrationBuilder.CreateIndex(
                name: "IX_Rollouts_Application_Number",
                table: "Rollouts",
                columns: new[] { "Application", "Number" }
            );

            migrationBuilder.CreateIndex(
                name: "IX_Releases_Application_Number",
                table: "Releases",
                columns: new[] { "Application", "Number" }
            );

            // What was released before has no place in the order; whatever comes is newer.
            migrationBuilder.Sql("""UPDATE "HostVersions" SET "RolloutNumber" = 0;""");
            migrationBuilder.Sql("""UPDATE "Releases" SET "Version" = json_extract("Snapshot", '$.version');""");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(name: "Holds");

            migrationBuilder.DropIndex(name: "IX_Rollouts_Application_Number", table: "Rollouts");

            migrationBuilder.DropIndex(name: "IX_Releases_Application_Number", table: "Releases");

            migrationBuilder.DropColumn(name: "Number", table: "Rollouts");

            migrationBuilder.DropColumn(name: "Deploy", table: "Releases");

            migrationBuilder.DropColumn(name: "Number", table: "Releases");

            migrationBuilder.DropColumn(name: "Version", table: "Releases");

            migrationBuilder.RenameColumn(name: "RolloutNumber", table: "HostVersions", newName: "RolloutStartedAt");

            migrationBuilder.CreateIndex(
                name: "IX_Rollouts_Application_StartedAt",
                table: "Rollouts",
                columns: new[] { "Application", "StartedAt" }
            );
        }
    }
}
