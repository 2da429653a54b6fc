using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Canary.Deployer.Migrations.Sqlite
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
                name: "RolloutHosts",
                columns: table => new
                {
                    RolloutId = table.Column<Guid>(type: "TEXT", nullable: false),
                    Host = table.Column<string>(type: "TEXT", nullable: false),
                    Channel = table.Column<string>(type: "TEXT", nullable: false),
                    Step = table.Column<string>(type: "TEXT", nullable: false),
                    State = table.Column<string>(type: "TEXT", nullable: false),
                    Version = table.Column<string>(type: "TEXT", nullable: true),
                    PreviousVersion = table.Column<string>(type: "TEXT", nullable: true),
                    IsPreviousKnown = table.Column<bool>(type: "INTEGER", nullable: false),
                    IsTouched = table.Column<bool>(type: "INTEGER", nullable: false),
                    Failure = table.Column<string>(type: "TEXT", nullable: true),
                    IsUnreachable = table.Column<bool>(type: "INTEGER", nullable: false),
                    Attempts = table.Column<int>(type: "INTEGER", nullable: false),
                    CheckedRound = table.Column<int>(type: "INTEGER", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_RolloutHosts", x => new { x.RolloutId, x.Host });
                }
            );

            migrationBuilder.CreateTable(
                name: "RolloutLanes",
                columns: table => new
                {
                    Application = table.Column<string>(type: "TEXT", nullable: false),
                    Active = table.Column<Guid>(type: "TEXT", nullable: true),
                    NewestReceivedAt = table.Column<long>(type: "INTEGER", nullable: false),
                    CompletedVersion = table.Column<string>(type: "TEXT", nullable: true),
                    Health = table.Column<string>(type: "TEXT", nullable: true),
                    Revision = table.Column<int>(type: "INTEGER", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_RolloutLanes", x => x.Application);
                }
            );

            migrationBuilder.CreateTable(
                name: "Rollouts",
                columns: table => new
                {
                    CorrelationId = table.Column<Guid>(type: "TEXT", nullable: false),
                    Version = table.Column<int>(type: "INTEGER", nullable: false),
                    CurrentState = table.Column<string>(type: "TEXT", nullable: false),
                    ReleaseId = table.Column<Guid>(type: "TEXT", nullable: false),
                    Application = table.Column<string>(type: "TEXT", nullable: false),
                    Package = table.Column<string>(type: "TEXT", nullable: false),
                    Plan = table.Column<string>(type: "TEXT", nullable: false),
                    ReceivedAt = table.Column<long>(type: "INTEGER", nullable: false),
                    Revision = table.Column<int>(type: "INTEGER", nullable: false),
                    Stages = table.Column<string>(type: "TEXT", nullable: false),
                    WaitingFor = table.Column<string>(type: "TEXT", nullable: true),
                    Failure = table.Column<string>(type: "TEXT", nullable: true),
                    CanaryCount = table.Column<int>(type: "INTEGER", nullable: false),
                    WaveCount = table.Column<int>(type: "INTEGER", nullable: false),
                    Wave = table.Column<int>(type: "INTEGER", nullable: false),
                    Step = table.Column<string>(type: "TEXT", nullable: true),
                    HostsReached = table.Column<bool>(type: "INTEGER", nullable: false),
                    IsCanaryListed = table.Column<bool>(type: "INTEGER", nullable: false),
                    IsProductionListed = table.Column<bool>(type: "INTEGER", nullable: false),
                    IsPromoted = table.Column<bool>(type: "INTEGER", nullable: false),
                    PromotedBy = table.Column<string>(type: "TEXT", nullable: true),
                    Outcome = table.Column<string>(type: "TEXT", nullable: true),
                    RequestId = table.Column<Guid>(type: "TEXT", nullable: true),
                    DeadlineToken = table.Column<Guid>(type: "TEXT", nullable: true),
                    DeadlineAt = table.Column<long>(type: "INTEGER", nullable: true),
                    Resends = table.Column<int>(type: "INTEGER", nullable: false),
                    SoakToken = table.Column<Guid>(type: "TEXT", nullable: true),
                    CheckToken = table.Column<Guid>(type: "TEXT", nullable: true),
                    CheckRound = table.Column<int>(type: "INTEGER", nullable: false),
                    ReportedResults = table.Column<int>(type: "INTEGER", nullable: false),
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Rollouts", x => x.CorrelationId);
                }
            );

            migrationBuilder.CreateIndex(name: "IX_Inbox_ConsumedAt", table: "Inbox", column: "ConsumedAt");

            migrationBuilder.CreateIndex(name: "IX_Jobs_State", table: "Jobs", column: "State");

            migrationBuilder.CreateIndex(name: "IX_Outbox_NotBefore", table: "Outbox", column: "NotBefore");

            migrationBuilder.CreateIndex(name: "IX_Outbox_Token", table: "Outbox", column: "Token");

            migrationBuilder.CreateIndex(
                name: "IX_RolloutHosts_RolloutId_Step_State",
                table: "RolloutHosts",
                columns: new[] { "RolloutId", "Step", "State" }
            );

            migrationBuilder.CreateIndex(
                name: "IX_Rollouts_Application_CurrentState",
                table: "Rollouts",
                columns: new[] { "Application", "CurrentState" }
            );
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(name: "Inbox");

            migrationBuilder.DropTable(name: "Jobs");

            migrationBuilder.DropTable(name: "Outbox");

            migrationBuilder.DropTable(name: "RolloutHosts");

            migrationBuilder.DropTable(name: "RolloutLanes");

            migrationBuilder.DropTable(name: "Rollouts");
        }
    }
}
