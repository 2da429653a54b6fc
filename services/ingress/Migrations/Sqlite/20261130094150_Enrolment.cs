using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Canary.Ingress.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class Enrolment : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(name: "DeployerKey", table: "Fleet", type: "TEXT", nullable: true);

            migrationBuilder.CreateTable(
                name: "EnrolmentTokens",
                columns: table => new
                {
                    Digest = table.Column<string>(type: "TEXT", nullable: false),
                    Hosts = table.Column<string>(type: "TEXT", nullable: false),
                    By = table.Column<string>(type: "TEXT", nullable: false),
                    IssuedAt = table.Column<long>(type: "INTEGER", nullable: false),
                    ExpiresAt = table.Column<long>(type: "INTEGER", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_EnrolmentTokens", x => x.Digest);
                }
            );

            migrationBuilder.CreateTable(
                name: "Enrolments",
                columns: table => new
                {
                    Number = table
                        .Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    Token = table.Column<string>(type: "TEXT", nullable: false),
                    Host = table.Column<string>(type: "TEXT", nullable: false),
                    HostKeys = table.Column<string>(type: "TEXT", nullable: false),
                    SendAt = table.Column<long>(type: "INTEGER", nullable: true),
                    Sent = table.Column<int>(type: "INTEGER", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Enrolments", x => x.Number);
                }
            );

            migrationBuilder.CreateIndex(
                name: "IX_EnrolmentTokens_ExpiresAt",
                table: "EnrolmentTokens",
                column: "ExpiresAt"
            );

            migrationBuilder.CreateIndex(name: "IX_Enrolments_SendAt", table: "Enrolments", column: "SendAt");

            migrationBuilder.CreateIndex(
                name: "IX_Enrolments_Token_Host",
                table: "Enrolments",
                columns: new[] { "Token", "Host" },
                unique: true
            );
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(name: "EnrolmentTokens");

            migrationBuilder.DropTable(name: "Enrolments");

            migrationBuilder.DropColumn(name: "DeployerKey", table: "Fleet");
        }
    }
}
