using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace Canary.Deployer.Migrations.PostgreSql
{
    /// <inheritdoc />
    public partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.EnsureSchema(name: "deployer");

            migrationBuilder.CreateTable(
                name: "Inbox",
                schema: "deployer",
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
                schema: "deployer",
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
                schema: "deployer",
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
                name: "RolloutHosts",
                schema: "deployer",
                columns: table => new
                {
                    RolloutId = table.Column<Guid>(type: "uuid", nullable: false),
                    Host = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Channel = table.Column<string>(type: "text", nullable: false),
                    Step = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    State = table.Column<string>(type: "text", nullable: false),
                    Version = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    PreviousVersion = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    IsPreviousKnown = table.Column<bool>(type: "boolean", nullable: false),
                    IsTouched = table.Column<bool>(type: "boolean", nullable: false),
                    Failure = table.Column<string>(type: "text", nullable: true),
                    IsUnreachable = table.Column<bool>(type: "boolean", nullable: false),
                    Attempts = table.Column<int>(type: "integer", nullable: false),
                    CheckedRound = table.Column<int>(type: "integer", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_RolloutHosts", x => new { x.RolloutId, x.Host });
                }
            );

            migrationBuilder.CreateTable(
                name: "RolloutLanes",
                schema: "deployer",
                columns: table => new
                {
                    Application = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Active = table.Column<Guid>(type: "uuid", nullable: true),
                    NewestReceivedAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    CompletedVersion = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    Health = table.Column<string>(type: "text", nullable: true),
                    Revision = table.Column<int>(type: "integer", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_RolloutLanes", x => x.Application);
                }
            );

            migrationBuilder.CreateTable(
                name: "Rollouts",
                schema: "deployer",
                columns: table => new
                {
                    CorrelationId = table.Column<Guid>(type: "uuid", nullable: false),
                    Version = table.Column<int>(type: "integer", nullable: false),
                    CurrentState = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    ReleaseId = table.Column<Guid>(type: "uuid", nullable: false),
                    Application = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    Package = table.Column<string>(type: "text", nullable: false),
                    Plan = table.Column<string>(type: "text", nullable: false),
                    ReceivedAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    Revision = table.Column<int>(type: "integer", nullable: false),
                    Stages = table.Column<string>(type: "text", nullable: false),
                    WaitingFor = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    Failure = table.Column<string>(type: "text", nullable: true),
                    CanaryCount = table.Column<int>(type: "integer", nullable: false),
                    WaveCount = table.Column<int>(type: "integer", nullable: false),
                    Wave = table.Column<int>(type: "integer", nullable: false),
                    Step = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    HostsReached = table.Column<bool>(type: "boolean", nullable: false),
                    IsCanaryListed = table.Column<bool>(type: "boolean", nullable: false),
                    IsProductionListed = table.Column<bool>(type: "boolean", nullable: false),
                    IsPromoted = table.Column<bool>(type: "boolean", nullable: false),
                    PromotedBy = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    Outcome = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    RequestId = table.Column<Guid>(type: "uuid", nullable: true),
                    DeadlineToken = table.Column<Guid>(type: "uuid", nullable: true),
                    DeadlineAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    Resends = table.Column<int>(type: "integer", nullable: false),
                    SoakToken = table.Column<Guid>(type: "uuid", nullable: true),
                    CheckToken = table.Column<Guid>(type: "uuid", nullable: true),
                    CheckRound = table.Column<int>(type: "integer", nullable: false),
                    ReportedResults = table.Column<int>(type: "integer", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Rollouts", x => x.CorrelationId);
                }
            );

            migrationBuilder.CreateIndex(
                name: "IX_Inbox_ConsumedAt",
                schema: "deployer",
                table: "Inbox",
                column: "ConsumedAt"
            );

            migrationBuilder.CreateIndex(name: "IX_Jobs_State", schema: "deployer", table: "Jobs", column: "State");

            migrationBuilder.CreateIndex(
                name: "IX_Outbox_NotBefore",
                schema: "deployer",
                table: "Outbox",
                column: "NotBefore"
            );

            migrationBuilder.CreateIndex(name: "IX_Outbox_Token", schema: "deployer", table: "Outbox", column: "Token");

            migrationBuilder.CreateIndex(
                name: "IX_RolloutHosts_RolloutId_Step_State",
                schema: "deployer",
                table: "RolloutHosts",
                columns: new[] { "RolloutId", "Step", "State" }
            );

            migrationBuilder.CreateIndex(
                name: "IX_Rollouts_Application_CurrentState",
                schema: "deployer",
                table: "Rollouts",
                columns: new[] { "Application", "CurrentState" }
            );
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(name: "Inbox", schema: "deployer");

            migrationBuilder.DropTable(name: "Jobs", schema: "deployer");

            migrationBuilder.DropTable(name: "Outbox", schema: "deployer");

            migrationBuilder.DropTable(name: "RolloutHosts", schema: "deployer");

            migrationBuilder.DropTable(name: "RolloutLanes", schema: "deployer");

            migrationBuilder.DropTable(name: "Rollouts", schema: "deployer");
        }
    }
}
