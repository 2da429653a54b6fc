using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Canary.RepositoryPublisher.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class Restores : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "Restores",
                table: "Requests",
                type: "TEXT",
                nullable: false,
                defaultValue: "[]"
            );
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(name: "Restores", table: "Requests");
        }
    }
}
