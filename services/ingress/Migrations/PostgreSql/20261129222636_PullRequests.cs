using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Canary.Ingress.Migrations.PostgreSql
{
    /// <inheritdoc />
    public partial class PullRequests : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "PullRequestBuilds",
                schema: "ingress",
                columns: table => new
                {
                    Id = table.Column<Guid>(type: "uuid", nullable: false),
                    PullRequestId = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Ordinal = table.Column<int>(type: "integer", nullable: false),
                    Number = table.Column<int>(type: "integer", nullable: false),
                    Application = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Repository = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    CloneUrl = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Commit = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    IsFork = table.Column<bool>(type: "boolean", nullable: false),
                    State = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    ApprovedBy = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    Failure = table.Column<string>(type: "text", nullable: true),
                    CreatedAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    EndedAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    SendAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    Sent = table.Column<int>(type: "integer", nullable: false),
                    ReportAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    Reports = table.Column<int>(type: "integer", nullable: false),
                    Reported = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    Version = table.Column<int>(type: "integer", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_PullRequestBuilds", x => x.Id);
                }
            );

            migrationBuilder.CreateTable(
                name: "PullRequests",
                schema: "ingress",
                columns: table => new
                {
                    Id = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Number = table.Column<int>(type: "integer", nullable: false),
                    Repository = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    CloneUrl = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Application = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Title = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Author = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    IsFork = table.Column<bool>(type: "boolean", nullable: false),
                    IsOpen = table.Column<bool>(type: "boolean", nullable: false),
                    Announced = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    UpdatedAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    LookAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    Looks = table.Column<int>(type: "integer", nullable: false),
                    Problem = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    Remedy = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    ChangedAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    Version = table.Column<int>(type: "integer", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_PullRequests", x => x.Id);
                }
            );

            migrationBuilder.CreateIndex(
                name: "IX_PullRequestBuilds_PullRequestId_Ordinal",
                schema: "ingress",
                table: "PullRequestBuilds",
                columns: new[] { "PullRequestId", "Ordinal" },
                unique: true
            );

            migrationBuilder.CreateIndex(
                name: "IX_PullRequestBuilds_ReportAt",
                schema: "ingress",
                table: "PullRequestBuilds",
                column: "ReportAt"
            );

            migrationBuilder.CreateIndex(
                name: "IX_PullRequestBuilds_SendAt",
                schema: "ingress",
                table: "PullRequestBuilds",
                column: "SendAt"
            );

            migrationBuilder.CreateIndex(
                name: "IX_PullRequestBuilds_State",
                schema: "ingress",
                table: "PullRequestBuilds",
                column: "State"
            );

            migrationBuilder.CreateIndex(
                name: "IX_PullRequests_Application_Number",
                schema: "ingress",
                table: "PullRequests",
                columns: new[] { "Application", "Number" }
            );

            migrationBuilder.CreateIndex(
                name: "IX_PullRequests_ChangedAt",
                schema: "ingress",
                table: "PullRequests",
                column: "ChangedAt"
            );

            migrationBuilder.CreateIndex(
                name: "IX_PullRequests_LookAt",
                schema: "ingress",
                table: "PullRequests",
                column: "LookAt"
            );
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(name: "PullRequestBuilds", schema: "ingress");

            migrationBuilder.DropTable(name: "PullRequests", schema: "ingress");
        }
    }
}
