using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Canary.Ingress.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class Arrivals : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(name: "IX_Releases_Application_ReceivedAt", table: "Releases");

            migrationBuilder.AddColumn<long>(
                name: "Arrival",
                table: "Releases",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0L
            );

            // In the order in which people have seen them until now.
            migrationBuilder.Sql(
                """
                UPDATE "Releases" SET "Arrival" = "Order"."Place"
                FROM (SELECT "Id", ROW_NUMBER() OVER (ORDER BY "ReceivedAt", "Key") AS "Place" FROM "Releases") AS "Order"
                WHERE "Releases"."Id" = "Order"."Id"
                """
            );

            migrationBuilder.CreateIndex(
                name: "IX_Releases_Application_Arrival",
                table: "Releases",
                columns: new[] { "Application", "Arrival" }
            );

            migrationBuilder.CreateIndex(name: "IX_Releases_Arrival", table: "Releases", column: "Arrival");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(name: "IX_Releases_Application_Arrival", table: "Releases");

            migrationBuilder.DropIndex(name: "IX_Releases_Arrival", table: "Releases");

            migrationBuilder.DropColumn(name: "Arrival", table: "Releases");

            migrationBuilder.CreateIndex(
                name: "IX_Releases_Application_ReceivedAt",
                table: "Releases",
                columns: new[] { "Application", "ReceivedAt" }
            );
        }
    }
}
