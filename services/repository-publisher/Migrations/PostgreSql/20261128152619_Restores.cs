using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Canary.RepositoryPublisher.Migrations.PostgreSql
{
    /// <inheritdoc />
    public partial class Restores : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "Restores",
                schema: "repository_publisher",
                table: "Requests",
                type: "text",
                nullable: false,
                defaultValue: "[]"
            );
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(name: "Restores", schema: "repository_publisher", table: "Requests");
        }
    }
}
