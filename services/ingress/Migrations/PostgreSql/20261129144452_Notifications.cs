using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Canary.Ingress.Migrations.PostgreSql
{
    /// <inheritdoc />
    public partial class Notifications : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "NotificationChannels",
                schema: "ingress",
                columns: table => new
                {
                    Name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    DeliveredAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    FailedAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    Error = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    Remedy = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    GivenUp = table.Column<long>(type: "bigint", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_NotificationChannels", x => x.Name);
                }
            );

            migrationBuilder.CreateTable(
                name: "Notifications",
                schema: "ingress",
                columns: table => new
                {
                    Channel = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    ReleaseId = table.Column<Guid>(type: "uuid", nullable: false),
                    Version = table.Column<int>(type: "integer", nullable: false),
                    WaitingSince = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    Seen = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    Told = table.Column<string>(type: "text", nullable: true, collation: "C"),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Notifications", x => new { x.Channel, x.ReleaseId });
                }
            );

            migrationBuilder.CreateIndex(
                name: "IX_Notifications_Channel_WaitingSince",
                schema: "ingress",
                table: "Notifications",
                columns: new[] { "Channel", "WaitingSince" }
            );

            migrationBuilder.CreateIndex(
                name: "IX_Notifications_ReleaseId",
                schema: "ingress",
                table: "Notifications",
                column: "ReleaseId"
            );
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(name: "NotificationChannels", schema: "ingress");

            migrationBuilder.DropTable(name: "Notifications", schema: "ingress");
        }
    }
}
