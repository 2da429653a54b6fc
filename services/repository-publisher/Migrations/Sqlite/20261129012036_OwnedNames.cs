using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Canary.RepositoryPublisher.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class OwnedNames : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "Applications",
                columns: table => new
                {
                    Application = table.Column<string>(type: "TEXT", nullable: false),
                    Repository = table.Column<string>(type: "TEXT", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Applications", x => x.Application);
                }
            );

            migrationBuilder.CreateTable(
                name: "Names",
                columns: table => new
                {
                    Name = table.Column<string>(type: "TEXT", nullable: false),
                    Application = table.Column<string>(type: "TEXT", nullable: true),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Names", x => x.Name);
                }
            );

            // What is published belongs to the application whose hosts need it, as far as one is known.
            migrationBuilder.Sql(
                """
                INSERT INTO "Names" ("Name", "Application")
                SELECT "Name", CASE WHEN COUNT(DISTINCT "Application") = 1 THEN MIN("Application") END
                FROM (
                    SELECT "Name", NULL AS "Application" FROM "Packages"
                    UNION ALL
                    SELECT json_extract(version.value, '$.package'), kept."Application" FROM "Kept" AS kept, json_each(kept."Versions") AS version
                ) AS published
                GROUP BY "Name"
                """
            );
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(name: "Applications");

            migrationBuilder.DropTable(name: "Names");
        }
    }
}
