using System.Text.Json;
using System.Text.Json.Nodes;
using Canary.Cli.Api;

namespace Canary.Cli.Tests;

/// <summary>Releases as the API tells of them.</summary>
internal static class Samples
{
    public static DateTimeOffset Begin { get; } = new(2024, 6, 7, 9, 0, 0, TimeSpan.Zero);

    public static Guid Id(int number) => Guid.Parse($"{number:x8}-0000-5000-8000-000000000000");

    public static JsonObject ToJson(this Release release) =>
        JsonNode.Parse(JsonSerializer.Serialize(release, ApiJson.Default.Release))!.AsObject();

    public static Release Release(Guid? id = null, string state = "Completed") =>
        new()
        {
            Id = id ?? Id(1),
            Application = "shop",
            Repository = "acme/shop",
            Branch = "main",
            Commit = "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d",
            Title = "Open the shop",
            Pusher = "ada",
            Version = state == "Building" ? null : "1.0.0-1717750800.g1a2b3c4",
            State = state,
            Phase = state,
            ReceivedAt = Begin,
            FinishedAt = state is "Completed" ? Begin.AddSeconds(8) : null,
            Stages =
                state == "Building"
                    ? [Stage("build", "running", 0, null), Stage("package", "pending"), Stage("publish", "pending")]
                    : Delivered(),
            Hosts = state == "Building" ? [] : DeliveredHosts(),
        };

    public static Release AwaitingPromotion() =>
        Release() with
        {
            State = "RollingOut",
            Phase = "AwaitingPromotion",
            FinishedAt = null,
            WaitingFor = "a person to promote it",
            Stages =
            [
                .. Delivered().Take(6),
                Stage("promotion", "waiting", 5, null),
                Stage("wave-1", "pending"),
                Stage("wave-2", "pending"),
            ],
            Hosts =
            [
                .. DeliveredHosts().Select(host => host.Step == "canary" ? host : host with { State = "pending" }),
            ],
        };

    public static Release BuildFailed() =>
        Release() with
        {
            State = "Failed",
            Phase = "Failed",
            Version = null,
            FinishedAt = Begin.AddSeconds(2),
            Failure = new Failure
            {
                Code = "script-failed",
                Message = "script/cibuild exited with 1.",
                Remedy = "Read the end of the build log, mend the build, and push again.",
            },
            Stages = [Stage("build", "failed", 0, 2), Stage("package", "skipped"), Stage("publish", "skipped")],
            Hosts = [],
        };

    public static Release RolledBack() =>
        Release() with
        {
            State = "RolledBack",
            Phase = "RolledBack",
            FinishedAt = Begin.AddSeconds(8),
            Failure = new Failure
            {
                Code = "canary-unwell",
                Message = "canary-1 is unhealthy: http://127.0.0.1:8101/health answered 503.",
                Remedy = "Mend the application and push again; production was not touched.",
            },
            Stages =
            [
                .. Delivered().Take(4),
                Stage("canary", "failed", 1.5, 6.5, "0 of 1 hosts"),
                Stage("soak", "skipped"),
                Stage("rollback", "succeeded", 6.5, 8, "1 of 1 hosts"),
            ],
            Hosts =
            [
                new ReleaseHost
                {
                    Name = "canary-1",
                    Channel = "canary",
                    Step = "canary",
                    State = "failed",
                    Failure = new Failure
                    {
                        Code = "health-check-failed",
                        Message = "it answered 503",
                        Remedy = "",
                    },
                },
            ],
        };

    private static IReadOnlyList<Stage> Delivered() =>
        [
            Stage("build", "succeeded", 0, 1),
            Stage("package", "succeeded", 1, 1.1),
            Stage("publish", "succeeded", 1.1, 1.2),
            Stage("preflight", "succeeded", 1.2, 1.5),
            Stage("canary", "succeeded", 1.5, 3, "1 of 1 hosts"),
            Stage("soak", "succeeded", 3, 5),
            Stage("promotion", "succeeded", 5, 5.5, "by ada"),
            Stage("wave-1", "succeeded", 5.5, 6.5, "1 of 1 hosts"),
            Stage("wave-2", "succeeded", 6.5, 8, "2 of 2 hosts") with
            {
                Attempts = 2,
            },
        ];

    private static IReadOnlyList<ReleaseHost> DeliveredHosts() =>
        [
            Host("canary-1", "canary", "canary"),
            Host("web-1", "production", "wave-1"),
            Host("web-2", "production", "wave-2"),
            Host("web-3", "production", "wave-2"),
        ];

    private static ReleaseHost Host(string name, string channel, string step) =>
        new()
        {
            Name = name,
            Channel = channel,
            Step = step,
            State = "succeeded",
            Version = "1.0.0-1717750800.g1a2b3c4",
        };

    private static Stage Stage(
        string name,
        string state,
        double? from = null,
        double? to = null,
        string? detail = null
    ) =>
        new()
        {
            Name = name,
            State = state,
            StartedAt = from is { } start ? Begin.AddSeconds(start) : null,
            FinishedAt = to is { } end ? Begin.AddSeconds(end) : null,
            DurationMs = from is { } a && to is { } b ? Math.Round((b - a) * 1000) : null,
            Attempts = from is null ? 0 : 1,
            Detail = detail,
        };
}
