using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Canary.RepositoryPublisher.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "Inbox",
                columns: table => new
                {
                    MessageId = table.Column<Guid>(type: "TEXT", nullable: false),
                    ConsumerId = table.Column<Guid>(type: "TEXT", nullable: false),
                    ConsumedAt = table.Column<long>(type: "INTEGER", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Inbox", x => new { x.MessageId, x.ConsumerId });
                }
            );

            migrationBuilder.CreateTable(
                name: "Jobs",
                columns: table => new
                {
                    Id = table.Column<Guid>(type: "TEXT", nullable: false),
                    Kind = table.Column<string>(type: "TEXT", nullable: false),
                    Command = table.Column<string>(type: "TEXT", nullable: false),
                    State = table.Column<string>(type: "TEXT", nullable: false),
                    CreatedAt = table.Column<long>(type: "INTEGER", nullable: false),
                    Attempts = table.Column<int>(type: "INTEGER", nullable: false),
                    LeaseOwner = table.Column<string>(type: "TEXT", nullable: true),
                    LeaseUntil = table.Column<long>(type: "INTEGER", nullable: true),
                    NotBefore = table.Column<long>(type: "INTEGER", nullable: true),
                    OutcomeType = table.Column<string>(type: "TEXT", nullable: true),
                    Outcome = table.Column<string>(type: "TEXT", nullable: true),
                    Version = table.Column<int>(type: "INTEGER", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Jobs", x => x.Id);
                }
            );

            migrationBuilder.CreateTable(
                name: "Outbox",
                columns: table => new
                {
                    Sequence = table
                        .Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    MessageId = table.Column<Guid>(type: "TEXT", nullable: false),
                    MessageType = table.Column<string>(type: "TEXT", nullable: false),
                    Body = table.Column<string>(type: "TEXT", nullable: false),
                    Queue = table.Column<string>(type: "TEXT", nullable: true),
                    ConversationId = table.Column<Guid>(type: "TEXT", nullable: true),
                    InitiatorId = table.Column<Guid>(type: "TEXT", nullable: true),
                    TraceParent = table.Column<string>(type: "TEXT", nullable: true),
                    NotBefore = table.Column<long>(type: "INTEGER", nullable: false),
                    Token = table.Column<Guid>(type: "TEXT", nullable: true),
                    IsDeadline = table.Column<bool>(type: "INTEGER", nullable: false),
                    Attempts = table.Column<int>(type: "INTEGER", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Outbox", x => x.Sequence);
                }
            );

            migrationBuilder.CreateTable(
                name: "Packages",
                columns: table => new
                {
                    Id = table.Column<long>(type: "INTEGER", nullable: false).Annotation("Sqlite:Autoincrement", true),
                    Name = table.Column<string>(type: "TEXT", nullable: false),
                    Version = table.Column<string>(type: "TEXT", nullable: false),
                    Architecture = table.Column<string>(type: "TEXT", nullable: false),
                    FileName = table.Column<string>(type: "TEXT", nullable: false),
                    Sha256 = table.Column<string>(type: "TEXT", nullable: false),
                    Size = table.Column<long>(type: "INTEGER", nullable: false),
                    Stanza = table.Column<string>(type: "TEXT", nullable: false),
                    PublishedAt = table.Column<long>(type: "INTEGER", nullable: false),
                    UnlistedSince = table.Column<long>(type: "INTEGER", nullable: true),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Packages", x => x.Id);
                }
            );

            migrationBuilder.CreateTable(
                name: "Requests",
                columns: table => new
                {
                    RequestId = table.Column<Guid>(type: "TEXT", nullable: false),
                    RolloutId = table.Column<Guid>(type: "TEXT", nullable: false),
                    Suite = table.Column<string>(type: "TEXT", nullable: false),
                    Package = table.Column<string>(type: "TEXT", nullable: false),
                    Version = table.Column<string>(type: "TEXT", nullable: false),
                    PhasedPercentage = table.Column<int>(type: "INTEGER", nullable: true),
                    OtherVersion = table.Column<string>(type: "TEXT", nullable: true),
                    AnsweredAt = table.Column<long>(type: "INTEGER", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Requests", x => x.RequestId);
                }
            );

            migrationBuilder.CreateTable(
                name: "Entries",
                columns: table => new
                {
                    Suite = table.Column<string>(type: "TEXT", nullable: false),
                    PackageId = table.Column<long>(type: "INTEGER", nullable: false),
                    Sequence = table.Column<long>(type: "INTEGER", nullable: false),
                    PhasedPercentage = table.Column<int>(type: "INTEGER", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Entries", x => new { x.Suite, x.PackageId });
                    table.ForeignKey(
                        name: "FK_Entries_Packages_PackageId",
                        column: x => x.PackageId,
                        principalTable: "Packages",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Restrict
                    );
                }
            );

            migrationBuilder.CreateIndex(name: "IX_Entries_PackageId", table: "Entries", column: "PackageId");

            migrationBuilder.CreateIndex(
                name: "IX_Entries_Suite_Sequence",
                table: "Entries",
                columns: new[] { "Suite", "Sequence" },
                unique: true
            );

            migrationBuilder.CreateIndex(name: "IX_Inbox_ConsumedAt", table: "Inbox", column: "ConsumedAt");

            migrationBuilder.CreateIndex(name: "IX_Jobs_State", table: "Jobs", column: "State");

            migrationBuilder.CreateIndex(name: "IX_Outbox_NotBefore", table: "Outbox", column: "NotBefore");

            migrationBuilder.CreateIndex(name: "IX_Outbox_Token", table: "Outbox", column: "Token");

            migrationBuilder.CreateIndex(
                name: "IX_Packages_FileName",
                table: "Packages",
                column: "FileName",
                unique: true
            );

            migrationBuilder.CreateIndex(
                name: "IX_Packages_Name_Version",
                table: "Packages",
                columns: new[] { "Name", "Version" }
            );

            migrationBuilder.CreateIndex(name: "IX_Packages_Sha256", table: "Packages", column: "Sha256", unique: true);

            migrationBuilder.CreateIndex(name: "IX_Requests_AnsweredAt", table: "Requests", column: "AnsweredAt");

            migrationBuilder.CreateIndex(
                name: "IX_Requests_RolloutId_Suite",
                table: "Requests",
                columns: new[] { "RolloutId", "Suite" }
            );
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(name: "Entries");

            migrationBuilder.DropTable(name: "Inbox");

            migrationBuilder.DropTable(name: "Jobs");

            migrationBuilder.DropTable(name: "Outbox");

            migrationBuilder.DropTable(name: "Requests");

            migrationBuilder.DropTable(name: "Packages");
        }
    }
}
