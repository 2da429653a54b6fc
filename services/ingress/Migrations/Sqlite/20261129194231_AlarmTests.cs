using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Canary.Ingress.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class AlarmTests : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(name: "ReportAt", table: "AlarmDrills", type: "INTEGER", nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "Reports",
                table: "AlarmDrills",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0
            );
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(name: "ReportAt", table: "AlarmDrills");

            migrationBuilder.DropColumn(name: "Reports", table: "AlarmDrills");
        }
    }
}
