using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Canary.Deployer.Migrations.PostgreSql
{
    /// <inheritdoc />
    public partial class HeldBack : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "HeldServers",
                schema: "deployer",
                columns: table => new
                {
                    Instance = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Backend = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Server = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Application = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Host = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Weight = table.Column<int>(type: "integer", nullable: false),
                    GivenWeight = table.Column<int>(type: "integer", nullable: true),
                },
                constraints: table =>
                {
                    table.PrimaryKey(
                        "PK_HeldServers",
                        x => new
                        {
                            x.Instance,
                            x.Backend,
                            x.Server,
                        }
                    );
                }
            );

            migrationBuilder.CreateTable(
                name: "TrafficHolds",
                schema: "deployer",
                columns: table => new
                {
                    Application = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Host = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    RolloutId = table.Column<Guid>(type: "uuid", nullable: true),
                    Share = table.Column<int>(type: "integer", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_TrafficHolds", x => new { x.Application, x.Host });
                }
            );
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(name: "HeldServers", schema: "deployer");

            migrationBuilder.DropTable(name: "TrafficHolds", schema: "deployer");
        }
    }
}
