using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Canary.RepositoryPublisher.Migrations.PostgreSql
{
    /// <inheritdoc />
    public partial class OwnedNames : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "Applications",
                schema: "repository_publisher",
                columns: table => new
                {
                    Application = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Repository = table.Column<string>(type: "text", nullable: false, collation: "C"),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Applications", x => x.Application);
                }
            );

            migrationBuilder.CreateTable(
                name: "Names",
                schema: "repository_publisher",
                columns: table => new
                {
                    Name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Application = table.Column<string>(type: "text", nullable: true, collation: "C"),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Names", x => x.Name);
                }
            );

            // What is published belongs to the application whose hosts need it, as far as one is known.
            migrationBuilder.Sql(
                """
                INSERT INTO repository_publisher."Names" ("Name", "Application")
                SELECT "Name", CASE WHEN COUNT(DISTINCT "Application") = 1 THEN MIN("Application") END
                FROM (
                    SELECT "Name", NULL AS "Application" FROM repository_publisher."Packages"
                    UNION ALL
                    SELECT version ->> 'package', kept."Application" FROM repository_publisher."Kept" AS kept, jsonb_array_elements(kept."Versions"::jsonb) AS version
                ) AS published
                GROUP BY "Name"
                """
            );
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(name: "Applications", schema: "repository_publisher");

            migrationBuilder.DropTable(name: "Names", schema: "repository_publisher");
        }
    }
}
