using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace Canary.CiCoordinator.Migrations.PostgreSql
{
    /// <inheritdoc />
    public partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.EnsureSchema(name: "ci_coordinator");

            migrationBuilder.CreateTable(
                name: "Inbox",
                schema: "ci_coordinator",
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
                schema: "ci_coordinator",
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
                name: "Lanes",
                schema: "ci_coordinator",
                columns: table => new
                {
                    Application = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    LatestReleaseId = table.Column<Guid>(type: "uuid", nullable: false),
                    LatestCommit = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    LatestReceivedAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    PredecessorId = table.Column<Guid>(type: "uuid", nullable: true),
                    KnownOlder = table.Column<string>(type: "text", nullable: false),
                    Version = table.Column<int>(type: "integer", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Lanes", x => x.Application);
                }
            );

            migrationBuilder.CreateTable(
                name: "Outbox",
                schema: "ci_coordinator",
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
                name: "Releases",
                schema: "ci_coordinator",
                columns: table => new
                {
                    CorrelationId = table.Column<Guid>(type: "uuid", nullable: false),
                    Version = table.Column<int>(type: "integer", nullable: false),
                    CurrentState = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Push = table.Column<string>(type: "text", nullable: false),
                    Supersedes = table.Column<Guid>(type: "uuid", nullable: true),
                    Revision = table.Column<int>(type: "integer", nullable: false),
                    Stages = table.Column<string>(type: "text", nullable: false),
                    Package = table.Column<string>(type: "text", nullable: true),
                    Plan = table.Column<string>(type: "text", nullable: true),
                    Decision = table.Column<string>(type: "text", nullable: true),
                    Successor = table.Column<Guid>(type: "uuid", nullable: true),
                    RolloutRevision = table.Column<int>(type: "integer", nullable: false),
                    Failure = table.Column<string>(type: "text", nullable: true),
                    FinishedAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    DeadlineToken = table.Column<Guid>(type: "uuid", nullable: true),
                    DeadlineAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    Attempts = table.Column<int>(type: "integer", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Releases", x => x.CorrelationId);
                }
            );

            migrationBuilder.CreateIndex(
                name: "IX_Inbox_ConsumedAt",
                schema: "ci_coordinator",
                table: "Inbox",
                column: "ConsumedAt"
            );

            migrationBuilder.CreateIndex(
                name: "IX_Jobs_State",
                schema: "ci_coordinator",
                table: "Jobs",
                column: "State"
            );

            migrationBuilder.CreateIndex(
                name: "IX_Outbox_NotBefore",
                schema: "ci_coordinator",
                table: "Outbox",
                column: "NotBefore"
            );

            migrationBuilder.CreateIndex(
                name: "IX_Outbox_Token",
                schema: "ci_coordinator",
                table: "Outbox",
                column: "Token"
            );
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(name: "Inbox", schema: "ci_coordinator");

            migrationBuilder.DropTable(name: "Jobs", schema: "ci_coordinator");

            migrationBuilder.DropTable(name: "Lanes", schema: "ci_coordinator");

            migrationBuilder.DropTable(name: "Outbox", schema: "ci_coordinator");

            migrationBuilder.DropTable(name: "Releases", schema: "ci_coordinator");
        }
    }
}
