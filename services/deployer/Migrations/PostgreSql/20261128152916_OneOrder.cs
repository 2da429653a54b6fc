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
            migrationBuilder.DropColumn(name: "Resends", schema: "deployer", table: "Rollouts");

            migrationBuilder.DropColumn(name: "ReceivedAt", schema: "deployer", table: "Rollouts");

            migrationBuilder.DropColumn(name: "CheckToken", schema: "deployer", table: "Rollouts");

            migrationBuilder.DropColumn(name: "NewestReceivedAt", schema: "deployer", table: "RolloutLanes");

            migrationBuilder.AddColumn<long>(
                name: "Number",
                schema: "deployer",
                table: "Rollouts",
                type: "bigint",
                nullable: false,
                defaultValue: 0L
            );

            migrationBuilder.AddColumn<bool>(
                name: "IsPausedByFailure",
                schema: "deployer",
                table: "Rollouts",
                type: "boolean",
                nullable: false,
                defaultValue: false
            );

            migrationBuilder.AddColumn<string>(
                name: "Pause",
                schema: "deployer",
                table: "Rollouts",
                type: "text",
                nullable: true
            );

            migrationBuilder.AddColumn<int>(
                name: "Attempts",
                schema: "deployer",
                table: "Rollouts",
                type: "integer",
                nullable: false,
                defaultValue: 0
            );

            migrationBuilder.AddColumn<long>(
                name: "NewestNumber",
                schema: "deployer",
                table: "RolloutLanes",
                type: "bigint",
                nullable: false,
                defaultValue: 0L
            );

            migrationBuilder.AddColumn<string>(
                name: "CompletedPackage",
                schema: "deployer",
                table: "RolloutLanes",
                type: "text",
                nullable: true
            );

            migrationBuilder.AddColumn<string>(
                name: "FormerPackages",
                schema: "deployer",
                table: "RolloutLanes",
                type: "text",
                nullable: false,
                defaultValue: "[]"
            );

            migrationBuilder.AddColumn<string>(
                name: "PreviousPackage",
                schema: "deployer",
                table: "RolloutHosts",
                type: "text",
                nullable: true
            );

            migrationBuilder.AddColumn<string>(
                name: "TargetPackage",
                schema: "deployer",
                table: "RolloutHosts",
                type: "text",
                nullable: true
            );

            migrationBuilder.AddColumn<string>(
                name: "TargetVersion",
                schema: "deployer",
                table: "RolloutHosts",
                type: "text",
                nullable: true
            );

            // Until now an application's package nearly always had its name.
            migrationBuilder.Sql(
                """UPDATE deployer."RolloutLanes" SET "CompletedPackage" = "Application" WHERE "CompletedVersion" IS NOT NULL;"""
            );
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(name: "Number", schema: "deployer", table: "Rollouts");

            migrationBuilder.DropColumn(name: "IsPausedByFailure", schema: "deployer", table: "Rollouts");

            migrationBuilder.DropColumn(name: "Pause", schema: "deployer", table: "Rollouts");

            migrationBuilder.DropColumn(name: "Attempts", schema: "deployer", table: "Rollouts");

            migrationBuilder.DropColumn(name: "NewestNumber", schema: "deployer", table: "RolloutLanes");

            migrationBuilder.DropColumn(name: "CompletedPackage", schema: "deployer", table: "RolloutLanes");

            migrationBuilder.DropColumn(name: "FormerPackages", schema: "deployer", table: "RolloutLanes");

            migrationBuilder.DropColumn(name: "PreviousPackage", schema: "deployer", table: "RolloutHosts");

            migrationBuilder.DropColumn(name: "TargetPackage", schema: "deployer", table: "RolloutHosts");

            migrationBuilder.DropColumn(name: "TargetVersion", schema: "deployer", table: "RolloutHosts");

            migrationBuilder.AddColumn<int>(
                name: "Resends",
                schema: "deployer",
                table: "Rollouts",
                type: "integer",
                nullable: false,
                defaultValue: 0
            );

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "ReceivedAt",
                schema: "deployer",
                table: "Rollouts",
                type: "timestamp with time zone",
                nullable: false,
                defaultValue: new DateTimeOffset(
                    new DateTime(1, 1, 1, 0, 0, 0, 0, DateTimeKind.Unspecified),
                    new TimeSpan(0, 0, 0, 0, 0)
                )
            );

            migrationBuilder.AddColumn<Guid>(
                name: "CheckToken",
                schema: "deployer",
                table: "Rollouts",
                type: "uuid",
                nullable: true
            );

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "NewestReceivedAt",
                schema: "deployer",
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
