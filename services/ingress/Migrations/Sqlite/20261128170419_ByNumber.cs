using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Canary.Ingress.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class ByNumber : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(name: "IX_Rollouts_HostsReached_Application_StartedAt", table: "Rollouts");

            migrationBuilder.DropIndex(name: "IX_Rollouts_State_Application_StartedAt", table: "Rollouts");

            migrationBuilder.CreateIndex(
                name: "IX_Rollouts_HostsReached_Application_Number",
                table: "Rollouts",
                columns: new[] { "HostsReached", "Application", "Number" }
            );

            migrationBuilder.CreateIndex(
                name: "IX_Rollouts_State_Application_Number",
                table: "Rollouts",
                columns: new[] { "State", "Application", "Number" }
            );
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(name: "IX_Rollouts_HostsReached_Application_Number", table: "Rollouts");

            migrationBuilder.DropIndex(name: "IX_Rollouts_State_Application_Number", table: "Rollouts");

            migrationBuilder.CreateIndex(
                name: "IX_Rollouts_HostsReached_Application_StartedAt",
                table: "Rollouts",
                columns: new[] { "HostsReached", "Application", "StartedAt" }
            );

            migrationBuilder.CreateIndex(
                name: "IX_Rollouts_State_Application_StartedAt",
                table: "Rollouts",
                columns: new[] { "State", "Application", "StartedAt" }
            );
        }
    }
}
