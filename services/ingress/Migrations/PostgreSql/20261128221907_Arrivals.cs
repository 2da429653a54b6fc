using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Canary.Ingress.Migrations.PostgreSql
{
    /// <inheritdoc />
    public partial class Arrivals : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_Releases_Application_ReceivedAt",
                schema: "ingress",
                table: "Releases"
            );

            migrationBuilder.AddColumn<long>(
                name: "Arrival",
                schema: "ingress",
                table: "Releases",
                type: "bigint",
                nullable: false,
                defaultValue: 0L
            );

            // In the order in which people have seen them until now.
            migrationBuilder.Sql(
                """
                UPDATE ingress."Releases" SET "Arrival" = "Order"."Place"
                FROM (SELECT "Id", ROW_NUMBER() OVER (ORDER BY "ReceivedAt", "Key") AS "Place" FROM ingress."Releases") AS "Order"
                WHERE ingress."Releases"."Id" = "Order"."Id"
                """
            );

            migrationBuilder.CreateIndex(
                name: "IX_Releases_Application_Arrival",
                schema: "ingress",
                table: "Releases",
                columns: new[] { "Application", "Arrival" }
            );

            migrationBuilder.CreateIndex(
                name: "IX_Releases_Arrival",
                schema: "ingress",
                table: "Releases",
                column: "Arrival"
            );
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(name: "IX_Releases_Application_Arrival", schema: "ingress", table: "Releases");

            migrationBuilder.DropIndex(name: "IX_Releases_Arrival", schema: "ingress", table: "Releases");

            migrationBuilder.DropColumn(name: "Arrival", schema: "ingress", table: "Releases");

            migrationBuilder.CreateIndex(
                name: "IX_Releases_Application_ReceivedAt",
                schema: "ingress",
                table: "Releases",
                columns: new[] { "Application", "ReceivedAt" }
            );
        }
    }
}
