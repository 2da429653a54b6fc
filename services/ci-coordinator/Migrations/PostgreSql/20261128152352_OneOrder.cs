using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Canary.CiCoordinator.Migrations.PostgreSql
{
    /// <inheritdoc />
    public partial class OneOrder : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(name: "KnownOlder", schema: "ci_coordinator", table: "Lanes");

            migrationBuilder.DropColumn(name: "LatestReceivedAt", schema: "ci_coordinator", table: "Lanes");

            migrationBuilder.DropColumn(name: "PredecessorId", schema: "ci_coordinator", table: "Lanes");

            migrationBuilder.RenameColumn(
                name: "LatestReleaseId",
                schema: "ci_coordinator",
                table: "Lanes",
                newName: "NewestReleaseId"
            );

            migrationBuilder.AlterColumn<Guid>(
                name: "NewestReleaseId",
                schema: "ci_coordinator",
                table: "Lanes",
                type: "uuid",
                nullable: true,
                oldClrType: typeof(Guid),
                oldType: "uuid"
            );

            migrationBuilder.RenameColumn(
                name: "LatestCommit",
                schema: "ci_coordinator",
                table: "Lanes",
                newName: "NewestCommit"
            );

            migrationBuilder.AlterColumn<string>(
                name: "NewestCommit",
                schema: "ci_coordinator",
                table: "Lanes",
                type: "text",
                nullable: true,
                collation: "C",
                oldClrType: typeof(string),
                oldType: "text",
                oldCollation: "C"
            );

            migrationBuilder.AlterColumn<DateTimeOffset>(
                name: "DeadlineAt",
                schema: "ci_coordinator",
                table: "Releases",
                type: "timestamp with time zone",
                nullable: true,
                oldClrType: typeof(DateTimeOffset),
                oldType: "timestamp with time zone"
            );

            migrationBuilder.AddColumn<string>(
                name: "Deployment",
                schema: "ci_coordinator",
                table: "Releases",
                type: "text",
                nullable: true
            );

            migrationBuilder.AddColumn<long>(
                name: "Number",
                schema: "ci_coordinator",
                table: "Releases",
                type: "bigint",
                nullable: false,
                defaultValue: 0L
            );

            migrationBuilder.AddColumn<string>(
                name: "WaitingFor",
                schema: "ci_coordinator",
                table: "Releases",
                type: "text",
                nullable: true,
                collation: "C"
            );

            migrationBuilder.AddColumn<string>(
                name: "HeadCommit",
                schema: "ci_coordinator",
                table: "Lanes",
                type: "text",
                nullable: true,
                collation: "C"
            );

            migrationBuilder.AddColumn<Guid>(
                name: "HeadReleaseId",
                schema: "ci_coordinator",
                table: "Lanes",
                type: "uuid",
                nullable: true
            );

            migrationBuilder.AddColumn<string>(
                name: "Hold",
                schema: "ci_coordinator",
                table: "Lanes",
                type: "text",
                nullable: true
            );

            migrationBuilder.AddColumn<int>(
                name: "HoldRevision",
                schema: "ci_coordinator",
                table: "Lanes",
                type: "integer",
                nullable: false,
                defaultValue: 0
            );

            migrationBuilder.AddColumn<long>(
                name: "LastNumber",
                schema: "ci_coordinator",
                table: "Lanes",
                type: "bigint",
                nullable: false,
                defaultValue: 0L
            );

            migrationBuilder.CreateTable(
                name: "Admissions",
                schema: "ci_coordinator",
                columns: table => new
                {
                    ReleaseId = table.Column<Guid>(type: "uuid", nullable: false),
                    Application = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Commit = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Number = table.Column<long>(type: "bigint", nullable: false),
                    Supersedes = table.Column<Guid>(type: "uuid", nullable: true),
                    SupersededBy = table.Column<Guid>(type: "uuid", nullable: true),
                    Refusal = table.Column<string>(type: "text", nullable: true),
                    Deployment = table.Column<string>(type: "text", nullable: true),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Admissions", x => x.ReleaseId);
                }
            );

            migrationBuilder.CreateIndex(
                name: "IX_Admissions_Application_Commit",
                schema: "ci_coordinator",
                table: "Admissions",
                columns: new[] { "Application", "Commit" }
            );

            // What was released before has its place already, and the newest of it stands for the head of its branch.
            migrationBuilder.Sql(
                """
                UPDATE ci_coordinator."Lanes" SET "HeadCommit" = "NewestCommit", "HeadReleaseId" = "NewestReleaseId";
                """
            );
            migrationBuilder.Sql(
                """
                INSERT INTO ci_coordinator."Admissions" ("ReleaseId", "Application", "Commit", "Number")
                SELECT "CorrelationId", "Push"::json ->> 'application', "Push"::json -> 'source' ->> 'commit', 0
                FROM ci_coordinator."Releases" WHERE ("Push"::json ->> 'deploys')::boolean;
                """
            );
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(name: "Admissions", schema: "ci_coordinator");

            migrationBuilder.DropColumn(name: "Deployment", schema: "ci_coordinator", table: "Releases");

            migrationBuilder.DropColumn(name: "Number", schema: "ci_coordinator", table: "Releases");

            migrationBuilder.DropColumn(name: "WaitingFor", schema: "ci_coordinator", table: "Releases");

            migrationBuilder.DropColumn(name: "HeadCommit", schema: "ci_coordinator", table: "Lanes");

            migrationBuilder.DropColumn(name: "HeadReleaseId", schema: "ci_coordinator", table: "Lanes");

            migrationBuilder.DropColumn(name: "Hold", schema: "ci_coordinator", table: "Lanes");

            migrationBuilder.DropColumn(name: "HoldRevision", schema: "ci_coordinator", table: "Lanes");

            migrationBuilder.DropColumn(name: "LastNumber", schema: "ci_coordinator", table: "Lanes");

            migrationBuilder.DropColumn(name: "NewestCommit", schema: "ci_coordinator", table: "Lanes");

            migrationBuilder.DropColumn(name: "NewestReleaseId", schema: "ci_coordinator", table: "Lanes");

            migrationBuilder.AddColumn<Guid>(
                name: "PredecessorId",
                schema: "ci_coordinator",
                table: "Lanes",
                type: "uuid",
                nullable: true
            );

            migrationBuilder.AlterColumn<DateTimeOffset>(
                name: "DeadlineAt",
                schema: "ci_coordinator",
                table: "Releases",
                type: "timestamp with time zone",
                nullable: false,
                defaultValue: new DateTimeOffset(
                    new DateTime(1, 1, 1, 0, 0, 0, 0, DateTimeKind.Unspecified),
                    new TimeSpan(0, 0, 0, 0, 0)
                ),
                oldClrType: typeof(DateTimeOffset),
                oldType: "timestamp with time zone",
                oldNullable: true
            );

            migrationBuilder.AddColumn<string>(
                name: "KnownOlder",
                schema: "ci_coordinator",
                table: "Lanes",
                type: "text",
                nullable: false,
                defaultValue: ""
            );

            migrationBuilder.AddColumn<string>(
                name: "LatestCommit",
                schema: "ci_coordinator",
                table: "Lanes",
                type: "text",
                nullable: false,
                defaultValue: "",
                collation: "C"
            );

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "LatestReceivedAt",
                schema: "ci_coordinator",
                table: "Lanes",
                type: "timestamp with time zone",
                nullable: false,
                defaultValue: new DateTimeOffset(
                    new DateTime(1, 1, 1, 0, 0, 0, 0, DateTimeKind.Unspecified),
                    new TimeSpan(0, 0, 0, 0, 0)
                )
            );

            migrationBuilder.AddColumn<Guid>(
                name: "LatestReleaseId",
                schema: "ci_coordinator",
                table: "Lanes",
                type: "uuid",
                nullable: false,
                defaultValue: new Guid("00000000-0000-0000-0000-000000000000")
            );
        }
    }
}
