using System.Net;
using System.Text.Json.Nodes;
using Canary.Contracts.Deploying;
using Canary.Contracts.Releases;
using Canary.Testing;

namespace Canary.Ingress.Tests.Notifications;

/// <summary>The Web API of Slack, as docs.slack.dev/reference/methods/chat.postMessage and chat.update describe it: answers are 200
/// with <c>ok</c> and a word for what is wrong, but for 429 with <c>Retry-After</c> (docs.slack.dev/apis/web-api/rate-limits).</summary>
public sealed class SlackApiTests : IAsyncLifetime
{
    private const string Token = "xoxb-of-a-test";

    private readonly TempDirectory _secrets = new();
    private Receiver _slack = null!;

    public async ValueTask InitializeAsync()
    {
        _slack = await Receiver.StartAsync();
        _slack.Answers = Slack;
    }

    public async ValueTask DisposeAsync()
    {
        await _slack.DisposeAsync();
        _secrets.Dispose();
    }

    [Fact]
    public async Task There_is_one_message_for_each_release_which_is_changed_as_it_goes_on()
    {
        await using var host = await StartAsync();
        var push = Told.Push();

        await host.ReleaseIsAsync(push, 1, ReleaseStates.RollingOut);
        await host.RolloutIsAsync(push, 1, RolloutStates.AwaitingPromotion);
        await host.ToldAllAsync();
        await host.RolloutIsAsync(push, 2, RolloutStates.DeployingWave);
        await host.ToldAllAsync();
        await host.ReleaseIsAsync(push, 2, ReleaseStates.Completed);
        await host.ToldAllAsync();

        _slack
            .Taken.Select(Said)
            .ShouldBe([
                ("/api/chat.postMessage", null, "shop 1.0-1 waits for promotion"),
                // Nobody decides about it any more, and the message does not go on asking.
                ("/api/chat.update", "1.1", "shop 1.0-1 goes to production"),
                ("/api/chat.update", "1.1", "shop 1.0-1 is in production"),
            ]);
        _slack.All.ShouldAllBe(delivery => delivery.Headers["Authorization"] == $"Bearer {Token}");
        _slack.Taken.ShouldAllBe(delivery => (string?)JsonNode.Parse(delivery.Body)!["channel"] == "C0123456789");
    }

    [Fact]
    public async Task What_somebody_has_to_do_is_said_in_a_reply_since_nobody_hears_of_a_change()
    {
        await using var host = await StartAsync("--ingress:notifications:channels:0:events=all");
        var push = Told.Push();

        await host.ReleaseIsAsync(push, 1, ReleaseStates.Building);
        await host.ToldAllAsync();
        await host.ReleaseIsAsync(push, 2, ReleaseStates.Failed, Told.Broken);
        await host.ToldAllAsync();

        _slack
            .Taken.Select(delivery => delivery.Path)
            .ShouldBe(["/api/chat.postMessage", "/api/chat.update", "/api/chat.postMessage"]);
        var reply = JsonNode.Parse(_slack.Taken[2].Body)!;
        ((string?)reply["thread_ts"]).ShouldBe("1.1");
        ((bool?)reply["reply_broadcast"]).ShouldBe(true);
        ((string?)reply["text"]).ShouldBe("shop 1.0-1 failed");
    }

    [Fact]
    public async Task A_message_that_somebody_has_deleted_is_posted_anew()
    {
        await using var host = await StartAsync();
        var push = Told.Push();
        await host.ReleaseIsAsync(push, 1, ReleaseStates.RollingOut);
        await host.RolloutIsAsync(push, 1, RolloutStates.AwaitingPromotion);
        await host.ToldAllAsync();

        _slack.Answers = delivery =>
            delivery.Path == "/api/chat.update" ? Refusal("message_not_found") : Slack(delivery);
        await host.ReleaseIsAsync(push, 2, ReleaseStates.Completed);
        await host.ToldAllAsync();

        _slack
            .Taken.Select(delivery => delivery.Path)
            .ShouldBe(["/api/chat.postMessage", "/api/chat.update", "/api/chat.postMessage"]);
    }

    [Theory]
    [InlineData("not_in_channel", "/invite")]
    [InlineData("invalid_auth", "token-file")]
    [InlineData("missing_scope", "chat:write")]
    [InlineData("fatal_error", "docs.slack.dev")]
    public async Task What_it_refuses_is_tried_again_and_the_doctor_says_what_to_do(string error, string remedy)
    {
        _slack.Answers = _ => Refusal(error);
        await using var host = await StartAsync();

        await host.ReleaseIsAsync(Told.Push(), 1, ReleaseStates.Failed, Told.Broken);
        await Eventually.TrueAsync(() => _slack.All.Count > 2);

        var check = (await host.GetAsync("/api/status"))
            .GetProperty("checks")
            .EnumerateArray()
            .Single(it => it.Text("name") == "notifications-ops");
        check.Text("status").ShouldBe("warning");
        check
            .Text("detail")
            .ShouldBe($"slack; nothing was delivered yet, 1 waiting. Last error: Slack refuses it ({error}).");
        check.Text("remedy").ShouldContain(remedy);
        check.ToString().ShouldNotContain(Token);

        _slack.Answers = Slack;
        await host.ToldAllAsync();
        await host.IsWellAsync();
    }

    [Fact]
    public async Task Another_replica_tells_nothing_twice_where_they_share_a_database()
    {
        await using var postgres = await PostgresServer.StartAsync();
        var database = await postgres.NewDatabaseAsync();
        string[] storage =
        [
            "--hosting:storage:provider=postgresql",
            $"--hosting:storage:host={PostgresServer.Host}",
            $"--hosting:storage:port={postgres.Port}",
            $"--hosting:storage:database={database}",
            $"--hosting:storage:user={PostgresServer.User}",
            $"--hosting:storage:passwordfile={postgres.PasswordFile}",
        ];
        await using var one = await StartAsync(storage);
        await Eventually.TrueAsync(async () =>
        {
            using var ready = await one.Anonymous.GetAsync("/health/ready");
            return ready.IsSuccessStatusCode;
        });
        await using var other = await StartAsync(storage);
        var pushes = Enumerable.Range(0, 20).Select(_ => Told.Push()).ToList();

        foreach (var push in pushes)
        {
            await one.PublishAsync(Snapshots.Release(push, 1, ReleaseStates.Failed, Told.Broken));
        }

        await Eventually.TrueAsync(() => _slack.Taken.Count >= pushes.Count);
        await one.ToldAllAsync();
        await other.ToldAllAsync();

        _slack.Taken.Count.ShouldBe(pushes.Count);
    }

    private static (string Path, string? Stamp, string Headline) Said(Delivery delivery)
    {
        var body = JsonNode.Parse(delivery.Body)!;
        return (delivery.Path, (string?)body["ts"], (string)body["blocks"]![0]!["text"]!["text"]!);
    }

    private static Answer Slack(Delivery delivery) =>
        Answer.With(
            HttpStatusCode.OK,
            new JsonObject
            {
                ["ok"] = true,
                ["channel"] = "C0123456789",
                ["ts"] = (string?)JsonNode.Parse(delivery.Body)!["ts"] ?? "1.1",
            }.ToJsonString()
        );

    private static Answer Refusal(string error) =>
        Answer.With(HttpStatusCode.OK, new JsonObject { ["ok"] = false, ["error"] = error }.ToJsonString());

    private Task<IngressHost> StartAsync(params string[] settings) =>
        IngressHost.StartAsync([
            .. Told.Channel(
                0,
                ("name", "ops"),
                ("kind", "slack"),
                ("url", new Uri(_slack.Address, "api").ToString()),
                ("tokenfile", _secrets.WriteFile("token", Token + "\n")),
                ("channelid", "C0123456789")
            ),
            .. settings,
        ]);
}
