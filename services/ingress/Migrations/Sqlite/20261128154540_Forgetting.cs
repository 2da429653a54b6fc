using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Canary.Ingress.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class Forgetting : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(name: "ForgottenAt", table: "Releases", type: "INTEGER", nullable: true);

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

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(name: "IX_Rollouts_HostsReached_Application_StartedAt", table: "Rollouts");

            migrationBuilder.DropIndex(name: "IX_Rollouts_State_Application_StartedAt", table: "Rollouts");

            migrationBuilder.DropColumn(name: "ForgottenAt", table: "Releases");
        }
    }
}
