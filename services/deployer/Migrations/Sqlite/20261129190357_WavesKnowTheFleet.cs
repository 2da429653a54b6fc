using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Canary.Deployer.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class WavesKnowTheFleet : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<int>(
                name: "Offered",
                table: "Rollouts",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0
            );

            migrationBuilder.AddColumn<string>(name: "Place", table: "RolloutHosts", type: "TEXT", nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "Role",
                table: "RolloutHosts",
                type: "TEXT",
                nullable: false,
                defaultValue: ""
            );
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(name: "Offered", table: "Rollouts");

            migrationBuilder.DropColumn(name: "Place", table: "RolloutHosts");

            migrationBuilder.DropColumn(name: "Role", table: "RolloutHosts");
        }
    }
}
