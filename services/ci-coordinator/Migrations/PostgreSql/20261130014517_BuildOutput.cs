using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Canary.CiCoordinator.Migrations.PostgreSql
{
    /// <inheritdoc />
    public partial class BuildOutput : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "Left",
                schema: "ci_coordinator",
                table: "Releases",
                type: "text",
                nullable: true
            );

            migrationBuilder.AddColumn<string>(
                name: "Output",
                schema: "ci_coordinator",
                table: "Releases",
                type: "text",
                nullable: true
            );
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(name: "Left", schema: "ci_coordinator", table: "Releases");

            migrationBuilder.DropColumn(name: "Output", schema: "ci_coordinator", table: "Releases");
        }
    }
}
