using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Canary.Ingress.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class PullRequests : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "PullRequestBuilds",
                columns: table => new
                {
                    Id = table.Column<Guid>(type: "TEXT", nullable: false),
                    PullRequestId = table.Column<string>(type: "TEXT", nullable: false),
                    Ordinal = table.Column<int>(type: "INTEGER", nullable: false),
                    Number = table.Column<int>(type: "INTEGER", nullable: false),
                    Application = table.Column<string>(type: "TEXT", nullable: false),
                    Repository = table.Column<string>(type: "TEXT", nullable: false),
                    CloneUrl = table.Column<string>(type: "TEXT", nullable: false),
                    Commit = table.Column<string>(type: "TEXT", nullable: false),
                    IsFork = table.Column<bool>(type: "INTEGER", nullable: false),
                    State = table.Column<string>(type: "TEXT", nullable: false),
                    ApprovedBy = table.Column<string>(type: "TEXT", nullable: true),
                    Failure = table.Column<string>(type: "TEXT", nullable: true),
                    CreatedAt = table.Column<long>(type: "INTEGER", nullable: false),
                    EndedAt = table.Column<long>(type: "INTEGER", nullable: true),
                    SendAt = table.Column<long>(type: "INTEGER", nullable: true),
                    Sent = table.Column<int>(type: "INTEGER", nullable: false),
                    ReportAt = table.Column<long>(type: "INTEGER", nullable: true),
                    Reports = table.Column<int>(type: "INTEGER", nullable: false),
                    Reported = table.Column<string>(type: "TEXT", nullable: true),
                    Version = table.Column<int>(type: "INTEGER", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_PullRequestBuilds", x => x.Id);
                }
            );

            migrationBuilder.CreateTable(
                name: "PullRequests",
                columns: table => new
                {
                    Id = table.Column<string>(type: "TEXT", nullable: false),
                    Number = table.Column<int>(type: "INTEGER", nullable: false),
                    Repository = table.Column<string>(type: "TEXT", nullable: false),
                    CloneUrl = table.Column<string>(type: "TEXT", nullable: false),
                    Application = table.Column<string>(type: "TEXT", nullable: false),
                    Title = table.Column<string>(type: "TEXT", nullable: false),
                    Author = table.Column<string>(type: "TEXT", nullable: false),
                    IsFork = table.Column<bool>(type: "INTEGER", nullable: false),
                    IsOpen = table.Column<bool>(type: "INTEGER", nullable: false),
                    Announced = table.Column<string>(type: "TEXT", nullable: false),
                    UpdatedAt = table.Column<long>(type: "INTEGER", nullable: true),
                    LookAt = table.Column<long>(type: "INTEGER", nullable: true),
                    Looks = table.Column<int>(type: "INTEGER", nullable: false),
                    Problem = table.Column<string>(type: "TEXT", nullable: true),
                    Remedy = table.Column<string>(type: "TEXT", nullable: true),
                    ChangedAt = table.Column<long>(type: "INTEGER", nullable: false),
                    Version = table.Column<int>(type: "INTEGER", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_PullRequests", x => x.Id);
                }
            );

            migrationBuilder.CreateIndex(
                name: "IX_PullRequestBuilds_PullRequestId_Ordinal",
                table: "PullRequestBuilds",
                columns: new[] { "PullRequestId", "Ordinal" },
                unique: true
            );

            migrationBuilder.CreateIndex(
                name: "IX_PullRequestBuilds_ReportAt",
                table: "PullRequestBuilds",
                column: "ReportAt"
            );

            migrationBuilder.CreateIndex(
                name: "IX_PullRequestBuilds_SendAt",
                table: "PullRequestBuilds",
                column: "SendAt"
            );

            migrationBuilder.CreateIndex(
                name: "IX_PullRequestBuilds_State",
                table: "PullRequestBuilds",
                column: "State"
            );

            migrationBuilder.CreateIndex(
                name: "IX_PullRequests_Application_Number",
                table: "PullRequests",
                columns: new[] { "Application", "Number" }
            );

            migrationBuilder.CreateIndex(name: "IX_PullRequests_ChangedAt", table: "PullRequests", column: "ChangedAt");

            migrationBuilder.CreateIndex(name: "IX_PullRequests_LookAt", table: "PullRequests", column: "LookAt");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(name: "PullRequestBuilds");

            migrationBuilder.DropTable(name: "PullRequests");
        }
    }
}
