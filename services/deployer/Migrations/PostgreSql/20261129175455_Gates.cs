using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Canary.Deployer.Migrations.PostgreSql
{
    /// <inheritdoc />
    public partial class Gates : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "Gates",
                schema: "deployer",
                table: "Rollouts",
                type: "text",
                nullable: true
            );

            migrationBuilder.CreateTable(
                name: "FreezeBooks",
                schema: "deployer",
                columns: table => new
                {
                    Id = table.Column<int>(type: "integer", nullable: false),
                    Revision = table.Column<long>(type: "bigint", nullable: false),
                    Freezes = table.Column<string>(type: "text", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_FreezeBooks", x => x.Id);
                }
            );

            migrationBuilder.CreateTable(
                name: "HookRuns",
                schema: "deployer",
                columns: table => new
                {
                    RolloutId = table.Column<Guid>(type: "uuid", nullable: false),
                    Host = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Standing = table.Column<string>(type: "text", nullable: false),
                    Text = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Offset = table.Column<long>(type: "bigint", nullable: false),
                    Visit = table.Column<int>(type: "integer", nullable: false),
                    Problem = table.Column<string>(type: "text", nullable: true),
                    ProblemSince = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_HookRuns", x => x.RolloutId);
                }
            );
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(name: "FreezeBooks", schema: "deployer");

            migrationBuilder.DropTable(name: "HookRuns", schema: "deployer");

            migrationBuilder.DropColumn(name: "Gates", schema: "deployer", table: "Rollouts");
        }
    }
}
