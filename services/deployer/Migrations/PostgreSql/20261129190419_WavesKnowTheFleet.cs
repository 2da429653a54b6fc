using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Canary.Deployer.Migrations.PostgreSql
{
    /// <inheritdoc />
    public partial class WavesKnowTheFleet : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<int>(
                name: "Offered",
                schema: "deployer",
                table: "Rollouts",
                type: "integer",
                nullable: false,
                defaultValue: 0
            );

            migrationBuilder.AddColumn<string>(
                name: "Place",
                schema: "deployer",
                table: "RolloutHosts",
                type: "text",
                nullable: true,
                collation: "C"
            );

            migrationBuilder.AddColumn<string>(
                name: "Role",
                schema: "deployer",
                table: "RolloutHosts",
                type: "text",
                nullable: false,
                defaultValue: "",
                collation: "C"
            );
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(name: "Offered", schema: "deployer", table: "Rollouts");

            migrationBuilder.DropColumn(name: "Place", schema: "deployer", table: "RolloutHosts");

            migrationBuilder.DropColumn(name: "Role", schema: "deployer", table: "RolloutHosts");
        }
    }
}
