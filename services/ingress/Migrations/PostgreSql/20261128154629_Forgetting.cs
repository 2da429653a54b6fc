using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Canary.Ingress.Migrations.PostgreSql
{
    /// <inheritdoc />
    public partial class Forgetting : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "ForgottenAt",
                schema: "ingress",
                table: "Releases",
                type: "timestamp with time zone",
                nullable: true
            );

            migrationBuilder.CreateIndex(
                name: "IX_Rollouts_HostsReached_Application_StartedAt",
                schema: "ingress",
                table: "Rollouts",
                columns: new[] { "HostsReached", "Application", "StartedAt" }
            );

            migrationBuilder.CreateIndex(
                name: "IX_Rollouts_State_Application_StartedAt",
                schema: "ingress",
                table: "Rollouts",
                columns: new[] { "State", "Application", "StartedAt" }
            );
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_Rollouts_HostsReached_Application_StartedAt",
                schema: "ingress",
                table: "Rollouts"
            );

            migrationBuilder.DropIndex(
                name: "IX_Rollouts_State_Application_StartedAt",
                schema: "ingress",
                table: "Rollouts"
            );

            migrationBuilder.DropColumn(name: "ForgottenAt", schema: "ingress", table: "Releases");
        }
    }
}
