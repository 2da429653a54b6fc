using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Canary.CiCoordinator.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class Forgetting : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<bool>(
                name: "IsForgotten",
                table: "Admissions",
                type: "INTEGER",
                nullable: false,
                defaultValue: false
            );
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(name: "IsForgotten", table: "Admissions");
        }
    }
}
