using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Canary.CiCoordinator.Migrations.PostgreSql
{
    /// <inheritdoc />
    public partial class Forgetting : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<bool>(
                name: "IsForgotten",
                schema: "ci_coordinator",
                table: "Admissions",
                type: "boolean",
                nullable: false,
                defaultValue: false
            );
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(name: "IsForgotten", schema: "ci_coordinator", table: "Admissions");
        }
    }
}
