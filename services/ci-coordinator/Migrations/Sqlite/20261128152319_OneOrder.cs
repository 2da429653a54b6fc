using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Canary.CiCoordinator.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class OneOrder : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(name: "KnownOlder", table: "Lanes");

            migrationBuilder.DropColumn(name: "PredecessorId", table: "Lanes");

            migrationBuilder.RenameColumn(name: "LatestReleaseId", table: "Lanes", newName: "NewestReleaseId");

            migrationBuilder.AlterColumn<Guid>(
                name: "NewestReleaseId",
                table: "Lanes",
                type: "TEXT",
                nullable: true,
                oldClrType: typeof(Guid),
                oldType: "TEXT"
            );

            migrationBuilder.RenameColumn(name: "LatestCommit", table: "Lanes", newName: "NewestCommit");

            migrationBuilder.AlterColumn<string>(
                name: "NewestCommit",
                table: "Lanes",
                type: "TEXT",
                nullable: true,
                oldClrType: typeof(string),
                oldType: "TEXT"
            );

            migrationBuilder.DropColumn(name: "LatestReceivedAt", table: "Lanes");

            migrationBuilder.AddColumn<long>(
                name: "LastNumber",
                table: "Lanes",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0L
            );

            migrationBuilder.AlterColumn<long>(
                name: "DeadlineAt",
                table: "Releases",
                type: "INTEGER",
                nullable: true,
                oldClrType: typeof(long),
                oldType: "INTEGER"
            );

            migrationBuilder.AddColumn<string>(name: "Deployment", table: "Releases", type: "TEXT", nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "Number",
                table: "Releases",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0L
            );

            migrationBuilder.AddColumn<string>(name: "WaitingFor", table: "Releases", type: "TEXT", nullable: true);

            migrationBuilder.AddColumn<string>(name: "HeadCommit", table: "Lanes", type: "TEXT", nullable: true);

            migrationBuilder.AddColumn<Guid>(name: "HeadReleaseId", table: "Lanes", type: "TEXT", nullable: true);

            migrationBuilder.AddColumn<string>(name: "Hold", table: "Lanes", type: "TEXT", nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "HoldRevision",
                table: "Lanes",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0
            );

            migrationBuilder.CreateTable(
                name: "Admissions",
                columns: table => new
                {
                    ReleaseId = table.Column<Guid>(type: "TEXT", nullable: false),
                    Application = table.Column<string>(type: "TEXT", nullable: false),
                    Commit = table.Column<string>(type: "TEXT", nullable: false),
                    Number = table.Column<long>(type: "INTEGER", nullable: false),
                    Supersedes = table.Column<Guid>(type: "TEXT", nullable: true),
                    SupersededBy = table.Column<Guid>(type: "TEXT", nullable: true),
                    Refusal = table.Column<string>(type: "TEXT", nullable: true),
                    Deployment = table.Column<string>(type: "TEXT", nullable: true),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Admissions", x => x.ReleaseId);
                }
            );

            migrationBuilder.CreateIndex(
                name: "IX_Admissions_Application_Commit",
                table: "Admissions",
                columns: new[] { "Application", "Commit" }
            );

            // What was released before has its place already, and the newest of it stands for the head of its branch.
            migrationBuilder.Sql(
                """UPDATE "Lanes" SET "HeadCommit" = "NewestCommit", "HeadReleaseId" = "NewestReleaseId";"""
            );
            migrationBuilder.Sql(
                """
                INSERT INTO "Admissions" ("ReleaseId", "Application", "Commit", "Number")
                SELECT "CorrelationId", json_extract("Push", '$.application'), json_extract("Push", '$.source.commit'), 0 FROM "Releases" WHERE json_extract("Push", '$.deploys');
                """
            );
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(name: "Admissions");

            migrationBuilder.DropColumn(name: "Deployment", table: "Releases");

            migrationBuilder.DropColumn(name: "Number", table: "Releases");

            migrationBuilder.DropColumn(name: "WaitingFor", table: "Releases");

            migrationBuilder.DropColumn(name: "HeadCommit", table: "Lanes");

            migrationBuilder.DropColumn(name: "HeadReleaseId", table: "Lanes");

            migrationBuilder.DropColumn(name: "Hold", table: "Lanes");

            migrationBuilder.DropColumn(name: "HoldRevision", table: "Lanes");

            migrationBuilder.DropColumn(name: "NewestCommit", table: "Lanes");

            migrationBuilder.DropColumn(name: "NewestReleaseId", table: "Lanes");

            migrationBuilder.AddColumn<Guid>(name: "PredecessorId", table: "Lanes", type: "TEXT", nullable: true);

            migrationBuilder.RenameColumn(name: "LastNumber", table: "Lanes", newName: "LatestReceivedAt");

            migrationBuilder.AlterColumn<long>(
                name: "DeadlineAt",
                table: "Releases",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0L,
                oldClrType: typeof(long),
                oldType: "INTEGER",
                oldNullable: true
            );

            migrationBuilder.AddColumn<string>(
                name: "KnownOlder",
                table: "Lanes",
                type: "TEXT",
                nullable: false,
                defaultValue: ""
            );

            migrationBuilder.AddColumn<string>(
                name: "LatestCommit",
                table: "Lanes",
                type: "TEXT",
                nullable: false,
                defaultValue: ""
            );

            migrationBuilder.AddColumn<Guid>(
                name: "LatestReleaseId",
                table: "Lanes",
                type: "TEXT",
                nullable: false,
                defaultValue: new Guid("00000000-0000-0000-0000-000000000000")
            );
        }
    }
}
