using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace Canary.Ingress.Migrations.PostgreSql
{
    /// <inheritdoc />
    public partial class Enrolment : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "DeployerKey",
                schema: "ingress",
                table: "Fleet",
                type: "text",
                nullable: true,
                collation: "C"
            );

            migrationBuilder.CreateTable(
                name: "EnrolmentTokens",
                schema: "ingress",
                columns: table => new
                {
                    Digest = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Hosts = table.Column<string>(type: "text", nullable: false),
                    By = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    IssuedAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    ExpiresAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_EnrolmentTokens", x => x.Digest);
                }
            );

            migrationBuilder.CreateTable(
                name: "Enrolments",
                schema: "ingress",
                columns: table => new
                {
                    Number = table
                        .Column<long>(type: "bigint", nullable: false)
                        .Annotation(
                            "Npgsql:ValueGenerationStrategy",
                            NpgsqlValueGenerationStrategy.IdentityByDefaultColumn
                        ),
                    Token = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Host = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    HostKeys = table.Column<string>(type: "text", nullable: false),
                    SendAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    Sent = table.Column<int>(type: "integer", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Enrolments", x => x.Number);
                }
            );

            migrationBuilder.CreateIndex(
                name: "IX_EnrolmentTokens_ExpiresAt",
                schema: "ingress",
                table: "EnrolmentTokens",
                column: "ExpiresAt"
            );

            migrationBuilder.CreateIndex(
                name: "IX_Enrolments_SendAt",
                schema: "ingress",
                table: "Enrolments",
                column: "SendAt"
            );

            migrationBuilder.CreateIndex(
                name: "IX_Enrolments_Token_Host",
                schema: "ingress",
                table: "Enrolments",
                columns: new[] { "Token", "Host" },
                unique: true
            );
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(name: "EnrolmentTokens", schema: "ingress");

            migrationBuilder.DropTable(name: "Enrolments", schema: "ingress");

            migrationBuilder.DropColumn(name: "DeployerKey", schema: "ingress", table: "Fleet");
        }
    }
}
