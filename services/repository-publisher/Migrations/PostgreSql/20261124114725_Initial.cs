using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace Canary.RepositoryPublisher.Migrations.PostgreSql
{
    /// <inheritdoc />
    public partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.EnsureSchema(name: "repository_publisher");

            migrationBuilder.CreateTable(
                name: "Inbox",
                schema: "repository_publisher",
                columns: table => new
                {
                    MessageId = table.Column<Guid>(type: "uuid", nullable: false),
                    ConsumerId = table.Column<Guid>(type: "uuid", nullable: false),
                    ConsumedAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Inbox", x => new { x.MessageId, x.ConsumerId });
                }
            );

            migrationBuilder.CreateTable(
                name: "Jobs",
                schema: "repository_publisher",
                columns: table => new
                {
                    Id = table.Column<Guid>(type: "uuid", nullable: false),
                    Kind = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Command = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    State = table.Column<string>(type: "text", nullable: false),
                    CreatedAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    Attempts = table.Column<int>(type: "integer", nullable: false),
                    LeaseOwner = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    LeaseUntil = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    NotBefore = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    OutcomeType = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    Outcome = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    Version = table.Column<int>(type: "integer", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Jobs", x => x.Id);
                }
            );

            migrationBuilder.CreateTable(
                name: "Outbox",
                schema: "repository_publisher",
                columns: table => new
                {
                    Sequence = table
                        .Column<long>(type: "bigint", nullable: false)
                        .Annotation(
                            "Npgsql:ValueGenerationStrategy",
                            NpgsqlValueGenerationStrategy.IdentityByDefaultColumn
                        ),
                    MessageId = table.Column<Guid>(type: "uuid", nullable: false),
                    MessageType = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Body = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Queue = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    ConversationId = table.Column<Guid>(type: "uuid", nullable: true),
                    InitiatorId = table.Column<Guid>(type: "uuid", nullable: true),
                    TraceParent = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    NotBefore = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    Token = table.Column<Guid>(type: "uuid", nullable: true),
                    IsDeadline = table.Column<bool>(type: "boolean", nullable: false),
                    Attempts = table.Column<int>(type: "integer", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Outbox", x => x.Sequence);
                }
            );

            migrationBuilder.CreateTable(
                name: "Packages",
                schema: "repository_publisher",
                columns: table => new
                {
                    Id = table
                        .Column<long>(type: "bigint", nullable: false)
                        .Annotation(
                            "Npgsql:ValueGenerationStrategy",
                            NpgsqlValueGenerationStrategy.IdentityByDefaultColumn
                        ),
                    Name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Version = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Architecture = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    FileName = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Sha256 = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Size = table.Column<long>(type: "bigint", nullable: false),
                    Stanza = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    PublishedAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    UnlistedSince = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Packages", x => x.Id);
                }
            );

            migrationBuilder.CreateTable(
                name: "Requests",
                schema: "repository_publisher",
                columns: table => new
                {
                    RequestId = table.Column<Guid>(type: "uuid", nullable: false),
                    RolloutId = table.Column<Guid>(type: "uuid", nullable: false),
                    Suite = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Package = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Version = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    PhasedPercentage = table.Column<int>(type: "integer", nullable: true),
                    OtherVersion = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    AnsweredAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Requests", x => x.RequestId);
                }
            );

            migrationBuilder.CreateTable(
                name: "Entries",
                schema: "repository_publisher",
                columns: table => new
                {
                    Suite = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    PackageId = table.Column<long>(type: "bigint", nullable: false),
                    Sequence = table.Column<long>(type: "bigint", nullable: false),
                    PhasedPercentage = table.Column<int>(type: "integer", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Entries", x => new { x.Suite, x.PackageId });
                    table.ForeignKey(
                        name: "FK_Entries_Packages_PackageId",
                        column: x => x.PackageId,
                        principalSchema: "repository_publisher",
                        principalTable: "Packages",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Restrict
                    );
                }
            );

            migrationBuilder.CreateIndex(
                name: "IX_Entries_PackageId",
                schema: "repository_publisher",
                table: "Entries",
                column: "PackageId"
            );

            migrationBuilder.CreateIndex(
                name: "IX_Entries_Suite_Sequence",
                schema: "repository_publisher",
                table: "Entries",
                columns: new[] { "Suite", "Sequence" },
                unique: true
            );

            migrationBuilder.CreateIndex(
                name: "IX_Inbox_ConsumedAt",
                schema: "repository_publisher",
                table: "Inbox",
                column: "ConsumedAt"
            );

            migrationBuilder.CreateIndex(
                name: "IX_Jobs_State",
                schema: "repository_publisher",
                table: "Jobs",
                column: "State"
            );

            migrationBuilder.CreateIndex(
                name: "IX_Outbox_NotBefore",
                schema: "repository_publisher",
                table: "Outbox",
                column: "NotBefore"
            );

            migrationBuilder.CreateIndex(
                name: "IX_Outbox_Token",
                schema: "repository_publisher",
                table: "Outbox",
                column: "Token"
            );

            migrationBuilder.CreateIndex(
                name: "IX_Packages_FileName",
                schema: "repository_publisher",
                table: "Packages",
                column: "FileName",
                unique: true
            );

            migrationBuilder.CreateIndex(
                name: "IX_Packages_Name_Version",
                schema: "repository_publisher",
                table: "Packages",
                columns: new[] { "Name", "Version" }
            );

            migrationBuilder.CreateIndex(
                name: "IX_Packages_Sha256",
                schema: "repository_publisher",
                table: "Packages",
                column: "Sha256",
                unique: true
            );

            migrationBuilder.CreateIndex(
                name: "IX_Requests_AnsweredAt",
                schema: "repository_publisher",
                table: "Requests",
                column: "AnsweredAt"
            );

            migrationBuilder.CreateIndex(
                name: "IX_Requests_RolloutId_Suite",
                schema: "repository_publisher",
                table: "Requests",
                columns: new[] { "RolloutId", "Suite" }
            );
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(name: "Entries", schema: "repository_publisher");

            migrationBuilder.DropTable(name: "Inbox", schema: "repository_publisher");

            migrationBuilder.DropTable(name: "Jobs", schema: "repository_publisher");

            migrationBuilder.DropTable(name: "Outbox", schema: "repository_publisher");

            migrationBuilder.DropTable(name: "Requests", schema: "repository_publisher");

            migrationBuilder.DropTable(name: "Packages", schema: "repository_publisher");
        }
    }
}
