using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Canary.CiCoordinator.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class BuildOutput : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(name: "Left", table: "Releases", type: "TEXT", nullable: true);

            migrationBuilder.AddColumn<string>(name: "Output", table: "Releases", type: "TEXT", nullable: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(name: "Left", table: "Releases");

            migrationBuilder.DropColumn(name: "Output", table: "Releases");
        }
    }
}
