using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Canary.Deployer.Migrations.PostgreSql
{
    /// <inheritdoc />
    public partial class OneOrder : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(name: "Resends", table: "Rollouts");

            migrationBuilder.DropColumn(name: "ReceivedAt", table: "Rollouts");

            migrationBuilder.DropColumn(name: "CheckToken", table: "Rollouts");

            migrationBuilder.DropColumn(name: "NewestReceivedAt", table: "RolloutLanes");

            migrationBuilder.AddColumn<long>(
                name: "Number",
                table: "Rollouts",
                type: "bigint",
                nullable: false,
                defaultValue: 0L
            );

            migrationBuilder.AddColumn<bool>(
                name: "IsPausedByFailure",
                table: "Rollouts",
                type: "boolean",
                nullable: false,
                defaultValue: false
            );

            migrationBuilder.AddColumn<string>(name: "Pause", table: "Rollouts", type: "text", nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "Attempts",
                table: "Rollouts",
                type: "integer",
                nullable: false,
                defaultValue: 0
            );

            migrationBuilder.AddColumn<long>(
                name: "NewestNumber",
                table: "RolloutLanes",
                type: "bigint",
                nullable: false,
                defaultValue: 0L
            );

            migrationBuilder.AddColumn<string>(
                name: "CompletedPackage",
                table: "RolloutLanes",
                type: "text",
                nullable: true
            );

            migrationBuilder.AddColumn<string>(
                name: "FormerPackages",
                table: "RolloutLanes",
                type: "text",
                nullable: false,
                defaultValue: "[]"
            );

            migrationBuilder.AddColumn<string>(
                name: "PreviousPackage",
                table: "RolloutHosts",
                type: "text",
                nullable: true
            );

            migrationBuilder.AddColumn<string>(
                name: "TargetPackage",
                table: "RolloutHosts",
                type: "text",
                nullable: true
            );

            migrationBuilder.AddColumn<string>(
                name: "TargetVersion",
                table: "RolloutHosts",
                type: "text",
                nullable: true
            );

            // Until now an application's package nearly always had its name.
            migrationBuilder.Sql(
                """UPDATE "RolloutLanes" SET "CompletedPackage" = "Application" WHERE "CompletedVersion" IS NOT NULL;"""
            );
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(name: "Number", table: "Rollouts");

            migrationBuilder.DropColumn(name: "IsPausedByFailure", table: "Rollouts");

            migrationBuilder.DropColumn(name: "Pause", table: "Rollouts");

            migrationBuilder.DropColumn(name: "Attempts", table: "Rollouts");

            migrationBuilder.DropColumn(name: "NewestNumber", table: "RolloutLanes");

            migrationBuilder.DropColumn(name: "CompletedPackage", table: "RolloutLanes");

            migrationBuilder.DropColumn(name: "FormerPackages", table: "RolloutLanes");

            migrationBuilder.DropColumn(name: "PreviousPackage", table: "RolloutHosts");

            migrationBuilder.DropColumn(name: "TargetPackage", table: "RolloutHosts");

            migrationBuilder.DropColumn(name: "TargetVersion", table: "RolloutHosts");

            migrationBuilder.AddColumn<int>(
                name: "Resends",
                table: "Rollouts",
                type: "integer",
                nullable: false,
                defaultValue: 0
            );

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "ReceivedAt",
                table: "Rollouts",
                type: "timestamp with time zone",
                nullable: false,
                defaultValue: new DateTimeOffset(
                    new DateTime(1, 1, 1, 0, 0, 0, 0, DateTimeKind.Unspecified),
                    new TimeSpan(0, 0, 0, 0, 0)
                )
            );

            migrationBuilder.AddColumn<Guid>(name: "CheckToken", table: "Rollouts", type: "uuid", nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "NewestReceivedAt",
                table: "RolloutLanes",
                type: "timestamp with time zone",
                nullable: false,
                defaultValue: new DateTimeOffset(
                    new DateTime(1, 1, 1, 0, 0, 0, 0, DateTimeKind.Unspecified),
                    new TimeSpan(0, 0, 0, 0, 0)
                )
            );
        }
    }
}
