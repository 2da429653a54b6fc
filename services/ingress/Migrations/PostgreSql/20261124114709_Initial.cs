using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace Canary.Ingress.Migrations.PostgreSql
{
    /// <inheritdoc />
    public partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.EnsureSchema(name: "ingress");

            migrationBuilder.CreateTable(
                name: "Deliveries",
                schema: "ingress",
                columns: table => new
                {
                    Id = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    ReleaseId = table.Column<Guid>(type: "uuid", nullable: false),
                    ReceivedAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Deliveries", x => x.Id);
                }
            );

            migrationBuilder.CreateTable(
                name: "Fleet",
                schema: "ingress",
                columns: table => new
                {
                    Id = table.Column<int>(type: "integer", nullable: false),
                    ObservedAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    Hosts = table.Column<string>(type: "text", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Fleet", x => x.Id);
                }
            );

            migrationBuilder.CreateTable(
                name: "HostVersions",
                schema: "ingress",
                columns: table => new
                {
                    Host = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Application = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Version = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    RolloutStartedAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    RolloutRevision = table.Column<int>(type: "integer", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_HostVersions", x => new { x.Host, x.Application });
                }
            );

            migrationBuilder.CreateTable(
                name: "Inbox",
                schema: "ingress",
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
                schema: "ingress",
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
                schema: "ingress",
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
                schema: "ingress",
                columns: table => new
                {
                    Id = table.Column<Guid>(type: "uuid", nullable: false),
                    Key = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Application = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Repository = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Commit = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    ReceivedAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    Push = table.Column<string>(type: "text", nullable: false),
                    Run = table.Column<int>(type: "integer", nullable: false),
                    State = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Revision = table.Column<int>(type: "integer", nullable: false),
                    Snapshot = table.Column<string>(type: "text", nullable: true),
                    ChangedAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    PublishAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    Published = table.Column<int>(type: "integer", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Releases", x => x.Id);
                }
            );

            migrationBuilder.CreateTable(
                name: "Rollouts",
                schema: "ingress",
                columns: table => new
                {
                    Id = table.Column<Guid>(type: "uuid", nullable: false),
                    ReleaseId = table.Column<Guid>(type: "uuid", nullable: false),
                    Application = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    State = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    HostsReached = table.Column<bool>(type: "boolean", nullable: false),
                    StartedAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    FinishedAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    Revision = table.Column<int>(type: "integer", nullable: false),
                    Snapshot = table.Column<string>(type: "text", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Rollouts", x => x.Id);
                }
            );

            migrationBuilder.CreateIndex(
                name: "IX_Deliveries_ReceivedAt",
                schema: "ingress",
                table: "Deliveries",
                column: "ReceivedAt"
            );

            migrationBuilder.CreateIndex(
                name: "IX_Inbox_ConsumedAt",
                schema: "ingress",
                table: "Inbox",
                column: "ConsumedAt"
            );

            migrationBuilder.CreateIndex(name: "IX_Jobs_State", schema: "ingress", table: "Jobs", column: "State");

            migrationBuilder.CreateIndex(
                name: "IX_Outbox_NotBefore",
                schema: "ingress",
                table: "Outbox",
                column: "NotBefore"
            );

            migrationBuilder.CreateIndex(name: "IX_Outbox_Token", schema: "ingress", table: "Outbox", column: "Token");

            migrationBuilder.CreateIndex(
                name: "IX_Releases_Application_Commit",
                schema: "ingress",
                table: "Releases",
                columns: new[] { "Application", "Commit" }
            );

            migrationBuilder.CreateIndex(
                name: "IX_Releases_Application_ReceivedAt",
                schema: "ingress",
                table: "Releases",
                columns: new[] { "Application", "ReceivedAt" }
            );

            migrationBuilder.CreateIndex(
                name: "IX_Releases_ChangedAt",
                schema: "ingress",
                table: "Releases",
                column: "ChangedAt"
            );

            migrationBuilder.CreateIndex(
                name: "IX_Releases_Key",
                schema: "ingress",
                table: "Releases",
                column: "Key",
                unique: true
            );

            migrationBuilder.CreateIndex(
                name: "IX_Releases_PublishAt",
                schema: "ingress",
                table: "Releases",
                column: "PublishAt"
            );

            migrationBuilder.CreateIndex(
                name: "IX_Releases_ReceivedAt",
                schema: "ingress",
                table: "Releases",
                column: "ReceivedAt"
            );

            migrationBuilder.CreateIndex(
                name: "IX_Releases_State",
                schema: "ingress",
                table: "Releases",
                column: "State"
            );

            migrationBuilder.CreateIndex(
                name: "IX_Rollouts_Application_StartedAt",
                schema: "ingress",
                table: "Rollouts",
                columns: new[] { "Application", "StartedAt" }
            );

            migrationBuilder.CreateIndex(
                name: "IX_Rollouts_ReleaseId",
                schema: "ingress",
                table: "Rollouts",
                column: "ReleaseId"
            );
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(name: "Deliveries", schema: "ingress");

            migrationBuilder.DropTable(name: "Fleet", schema: "ingress");

            migrationBuilder.DropTable(name: "HostVersions", schema: "ingress");

            migrationBuilder.DropTable(name: "Inbox", schema: "ingress");

            migrationBuilder.DropTable(name: "Jobs", schema: "ingress");

            migrationBuilder.DropTable(name: "Outbox", schema: "ingress");

            migrationBuilder.DropTable(name: "Releases", schema: "ingress");

            migrationBuilder.DropTable(name: "Rollouts", schema: "ingress");
        }
    }
}
