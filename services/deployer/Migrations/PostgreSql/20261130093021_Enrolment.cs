using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Canary.Deployer.Migrations.PostgreSql
{
    /// <inheritdoc />
    public partial class Enrolment : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "EnrolledHosts",
                schema: "deployer",
                columns: table => new
                {
                    Host = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Number = table.Column<long>(type: "bigint", nullable: false),
                    HostKeys = table.Column<string>(type: "text", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_EnrolledHosts", x => x.Host);
                }
            );
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(name: "EnrolledHosts", schema: "deployer");
        }
    }
}
