using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Canary.Ingress.Migrations.PostgreSql
{
    /// <inheritdoc />
    public partial class FleetByNumber : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(
                name: "Revision",
                schema: "ingress",
                table: "Fleet",
                type: "bigint",
                nullable: false,
                defaultValue: 0L
            );
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(name: "Revision", schema: "ingress", table: "Fleet");
        }
    }
}
