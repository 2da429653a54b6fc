using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;
using Canary.Contracts.Deploying;
using Canary.Contracts.Releases;
using Canary.Hosting.Security;
using Canary.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Canary.Ingress.Tests.Notifications;

/// <summary>Incoming webhooks of Slack, as docs.slack.dev/messaging/sending-messages-using-incoming-webhooks describes them: a POST of
/// JSON that is answered by <c>ok</c>, or by a status and a word.</summary>
public sealed class SlackWebhookTests : IAsyncLifetime
{
    private readonly TempDirectory _secrets = new();
    private Receiver _slack = null!;

    public static TheoryData<string> Faults => ["busy", "broken", "hanging", "garbage", "elsewhere", "refused"];

    public async ValueTask InitializeAsync() => _slack = await Receiver.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _slack.DisposeAsync();
        _secrets.Dispose();
    }

    [Fact]
    public async Task A_release_that_waits_and_ends_is_told_with_where_to_decide()
    {
        await using var host = await StartAsync("--hosting:publicaddress=https://canary.example.org");
        var push = Told.Push();

        await host.ReleaseIsAsync(push, 1, ReleaseStates.Building);
        await host.ReleaseIsAsync(push, 2, ReleaseStates.RollingOut);
        await host.RolloutIsAsync(push, 1, RolloutStates.AwaitingPromotion);
        await Eventually.TrueAsync(() => _slack.Taken.Count == 1);
        await host.RolloutIsAsync(push, 2, RolloutStates.DeployingWave);
        await host.ReleaseIsAsync(push, 3, ReleaseStates.Completed);
        await Eventually.TrueAsync(() => _slack.Taken.Count == 2);
        await host.ToldAllAsync();

        var texts = _slack.Taken.Select(delivery =>
            JsonSerializer.Deserialize<JsonElement>(delivery.Body).Text("text")
        );
        texts.ShouldBe([
            "shop 1.0-1 waits for promotion. Its canaries are healthy. Somebody decides whether it goes on to production.",
            "shop 1.0-1 is in production. Every host that should run it does, or will when it is reached.",
        ]);
        var asking = Texts(_slack.Taken[0]);
        asking.ShouldContain($"Commit: {push.Source.Commit[..7]} Sell hats");
        asking.ShouldContain("By: ada");
        asking.ShouldContain(
            $"<https://canary.example.org/#/releases/{push.ReleaseId}|Promote it or roll it back>, or "
                + $"`canary releases promote {push.ReleaseId.ToString("N")[..8]}`"
        );
    }

    [Fact]
    public async Task A_failure_is_told_with_its_reason_and_what_to_do()
    {
        await using var host = await StartAsync();

        await host.ReleaseIsAsync(Told.Push(), 1, ReleaseStates.Failed, Told.Broken);
        await Eventually.TrueAsync(() => _slack.Taken.Count == 1);

        var texts = Texts(_slack.Taken[0]);
        texts.ShouldContain("Reason: script/cibuild ended with 1. (script-failed)");
        texts.ShouldContain("What to do: Mend it &amp; push again.");
    }

    [Fact]
    public async Task Nothing_that_a_commit_says_becomes_a_mention_a_link_or_a_format()
    {
        await using var host = await StartAsync();
        var push = Told.Push(title: "<!channel> *now* <https://evil.example|log in> & `x`\u202e\u0007\nsecond line");

        await host.ReleaseIsAsync(push, 1, ReleaseStates.Failed, Told.Broken with { Message = "<@U1> _failed_" });
        await Eventually.TrueAsync(() => _slack.Taken.Count == 1);

        var message = JsonSerializer.Deserialize<JsonElement>(_slack.Taken[0].Body);
        message.GetProperty("mrkdwn").GetBoolean().ShouldBeFalse();
        message.ToString().ShouldNotContain("second line");
        var texts = Objects(message).ToList();
        texts.ShouldAllBe(text => text.Text("type") == "plain_text");
        texts.Select(text => text.Text("text")).ShouldAllBe(text => !text.Contains('<') && !text.Contains('>'));
        texts
            .Select(text => text.Text("text"))
            .ShouldContain(text =>
                text.EndsWith(
                    "&lt;!channel&gt; *now* &lt;https://evil.example|log in&gt; &amp; `x`\uFFFD\uFFFD",
                    StringComparison.Ordinal
                )
            );
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Whatever_it_does_the_release_goes_on_and_is_told_once_when_it_is_well_again(string fault)
    {
        var port = FreePort.Next();
        var isWell = fault == "refused";
        await using var slack = fault == "refused" ? null : await Receiver.StartAsync(port);
        slack?.Answers = _ => isWell ? Answer.Ok : AnswerOf(fault);
        await using var host = await IngressHost.StartAsync([
            .. Told.SlackChannel(_secrets, new Uri($"http://127.0.0.1:{port}")),
            "--ingress:notifications:timeout=00:00:01",
        ]);
        var push = Told.Push();

        await host.ReleaseIsAsync(push, 1, ReleaseStates.Failed, Told.Broken);
        await Eventually.TrueAsync(async () =>
            (await host.ChannelAsync()).GetProperty("error").GetString() is not null
        );
        (await host.Sent.FirstAsync<AcknowledgeRelease>(it => it.ReleaseId == push.ReleaseId)).Revision.ShouldBe(1);
        (await host.ChannelAsync()).GetProperty("waiting").GetInt32().ShouldBe(1);

        isWell = true;
        await using var late = fault == "refused" ? await Receiver.StartAsync(port) : null;
        await host.ToldAllAsync();

        (late ?? slack)!.Taken.Count.ShouldBe(1);
        (late ?? slack)!.All.ShouldAllBe(delivery => delivery.Path == "/services/T0/B0/x");
        await host.IsWellAsync();
    }

    [Fact]
    public async Task What_waits_is_replaced_by_what_is_newer()
    {
        var isWell = false;
        _slack.Answers = _ => isWell ? Answer.Ok : Answer.With(HttpStatusCode.InternalServerError);
        await using var host = await StartAsync();
        var push = Told.Push();

        await host.ReleaseIsAsync(push, 1, ReleaseStates.RollingOut);
        await host.RolloutIsAsync(push, 1, RolloutStates.AwaitingPromotion);
        await Eventually.TrueAsync(() => _slack.All.Count > 0);
        await host.ReleaseIsAsync(push, 2, ReleaseStates.RolledBack, Told.Broken);
        await Eventually.TrueAsync(() => _slack.All.Any(it => it.Body.Contains("was rolled back")));
        isWell = true;
        await host.ToldAllAsync();

        Texts(_slack.Taken.ShouldHaveSingleItem()).ShouldContain("shop 1.0-1 was rolled back");
    }

    [Fact]
    public async Task What_waits_outlives_the_server_and_is_told_once()
    {
        using var data = new TempDirectory();
        _slack.Answers = _ => Answer.With(HttpStatusCode.ServiceUnavailable);
        var settings = Told.SlackChannel(_secrets, _slack.Address);
        await using (var first = await IngressHost.StartAsync(data, owns: false, settings))
        {
            await first.ReleaseIsAsync(Told.Push(), 1, ReleaseStates.Failed, Told.Broken);
            await Eventually.TrueAsync(() => _slack.All.Count > 0);
        }

        _slack.Answers = _ => Answer.Ok;
        await using var second = await IngressHost.StartAsync(data, owns: false, settings);
        await second.ToldAllAsync();

        _slack.Taken.Count.ShouldBe(1);
    }

    [Fact]
    public async Task What_waits_too_long_is_given_up_and_what_comes_later_is_told()
    {
        _slack.Answers = _ => Answer.With(HttpStatusCode.NotFound, "no_service");
        await using var host = await StartAsync("--ingress:notifications:giveupafter=00:00:01");
        var push = Told.Push();
        await host.ReleaseIsAsync(push, 1, ReleaseStates.RollingOut);
        await host.RolloutIsAsync(push, 1, RolloutStates.AwaitingPromotion);

        await Eventually.TrueAsync(async () => (await host.ChannelAsync()).GetProperty("givenUp").GetInt64() == 1);
        (await host.ChannelAsync()).Text("error").ShouldBe("Slack answers 404 (no_service).");
        _slack.Answers = _ => Answer.Ok;
        await host.ReleaseIsAsync(push, 2, ReleaseStates.Completed);
        await host.ToldAllAsync();

        Texts(_slack.Taken.ShouldHaveSingleItem()).ShouldContain("shop 1.0-1 is in production");
    }

    [Fact]
    public async Task A_message_that_is_refused_holds_up_no_other()
    {
        _slack.Answers = delivery =>
            delivery.Body.Contains("blog", StringComparison.Ordinal)
                ? Answer.With(HttpStatusCode.BadRequest, "invalid_blocks")
                : Answer.Ok;
        await using var host = await StartAsync();

        await host.ReleaseIsAsync(Told.Push("blog"), 1, ReleaseStates.Failed, Told.Broken);
        await Eventually.TrueAsync(() => _slack.All.Count > 0);
        await host.ReleaseIsAsync(Told.Push(), 1, ReleaseStates.Failed, Told.Broken);

        await Eventually.TrueAsync(() => _slack.Taken.Count == 1);
        Texts(_slack.Taken[0]).ShouldContain("Application: shop");
    }

    [Fact]
    public async Task A_channel_that_hangs_holds_up_no_other()
    {
        await using var hanging = await Receiver.StartAsync();
        hanging.Answers = _ => Answer.Hanging;
        await using var host = await IngressHost.StartAsync([
            .. Told.SlackChannel(_secrets, _slack.Address),
            .. Told.Channel(
                1,
                ("name", "other"),
                ("kind", "slack"),
                ("urlfile", _secrets.WriteFile("other", hanging.Address.ToString()))
            ),
            "--ingress:notifications:timeout=00:05:00",
        ]);

        await host.ReleaseIsAsync(Told.Push(), 1, ReleaseStates.Failed, Told.Broken);
        await Eventually.TrueAsync(() => hanging.All.Count == 1);
        await host.ReleaseIsAsync(Told.Push(), 1, ReleaseStates.Failed, Told.Broken);

        await Eventually.TrueAsync(() => _slack.Taken.Count == 2);
        hanging.All.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Channels_are_told_of_their_applications_and_of_what_matters_to_them()
    {
        string[] Channel(int index, string name, params (string, string)[] more) =>
            Told.Channel(
                index,
                [
                    ("name", name),
                    ("kind", "slack"),
                    ("urlfile", _secrets.WriteFile(name, new Uri(_slack.Address, name).ToString())),
                    .. more,
                ]
            );
        await using var host = await IngressHost.StartAsync([
            .. Channel(0, "everything", ("events", "all")),
            .. Channel(1, "shops", ("applications:0", "shop*")),
            .. Channel(2, "problems", ("events", "problems")),
        ]);

        foreach (var application in new[] { "shop", "shop-eu", "blog" })
        {
            var push = Told.Push(application);
            await host.ReleaseIsAsync(push, 1, ReleaseStates.Building);
            await host.ToldAllAsync("everything");
            await host.ReleaseIsAsync(push, 2, ReleaseStates.Completed);
        }

        await host.ReleaseIsAsync(Told.Push("wiki"), 1, ReleaseStates.Failed, Told.Broken);
        foreach (var name in new[] { "everything", "shops", "problems" })
        {
            await host.ToldAllAsync(name);
        }

        Headlines("/everything")
            .ShouldBe(
                [
                    "blog 1.0-1 is in production",
                    "shop 1.0-1 is in production",
                    "shop-eu 1.0-1 is in production",
                    "wiki 1.0-1 failed",
                ],
                ignoreOrder: true
            );
        Building("/everything").ShouldBe(3);
        Headlines("/shops")
            .ShouldBe(["shop 1.0-1 is in production", "shop-eu 1.0-1 is in production"], ignoreOrder: true);
        Headlines("/problems").ShouldBe(["wiki 1.0-1 failed"]);
        Building("/shops").ShouldBe(0);

        string[] Headlines(string path) => [.. All(path).Where(text => !IsBuilding(text))];
        int Building(string path) => All(path).Count(IsBuilding);
        IEnumerable<string> All(string path) =>
            _slack.Taken.Where(delivery => delivery.Path == path).Select(delivery => Texts(delivery)[0]);
        static bool IsBuilding(string text) => text.EndsWith("is being built", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Its_address_is_a_secret_that_nobody_is_shown()
    {
        var traced = new ConcurrentQueue<string>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "System.Net.Http",
            Sample = (ref _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity => traced.Enqueue($"{activity.GetTagItem("url.full")}"),
        };
        ActivitySource.AddActivityListener(listener);
        _slack.Answers = _ => Answer.With(HttpStatusCode.Forbidden, "invalid_token");
        await using var host = await StartAsync();
        await host.ReleaseIsAsync(Told.Push(), 1, ReleaseStates.Failed, Told.Broken);
        await Eventually.TrueAsync(async () =>
            (await host.ChannelAsync()).GetProperty("error").GetString() is not null
        );

        foreach (var path in new[] { "/api/notifications", "/api/status", "/metrics" })
        {
            (await host.Anonymous.GetStringAsync(path)).ShouldNotContain("/services/T0");
        }

        traced.ShouldContain(address => address.EndsWith("/api/status"));
        traced.ShouldNotContain(address => address.Contains("/services/T0"));
        host.App.Services.GetRequiredService<KnownSecrets>()
            .Read()
            .Select(secret => Encoding.UTF8.GetString(secret).Trim())
            .ShouldContain(new Uri(_slack.Address, "/services/T0/B0/x").ToString());
    }

    private static Answer AnswerOf(string fault) =>
        fault switch
        {
            "busy" => Answer.With(HttpStatusCode.TooManyRequests, "rate_limited", ("Retry-After", "1")),
            "broken" => Answer.With(HttpStatusCode.InternalServerError, "rollup_error"),
            "hanging" => Answer.Hanging,
            "garbage" => new Answer(200, "<html>Please sign in to the guest network</html>") { IsNonsense = true },
            _ => Answer.With(HttpStatusCode.Found, "", ("Location", "/elsewhere")),
        };

    private Task<IngressHost> StartAsync(params string[] settings) =>
        IngressHost.StartAsync([.. Told.SlackChannel(_secrets, _slack.Address), .. settings]);

    private static List<string> Texts(Delivery delivery) =>
        [.. Objects(JsonSerializer.Deserialize<JsonElement>(delivery.Body)).Select(text => text.Text("text"))];

    /// <summary>The text objects of a message, in their order.</summary>
    private static IEnumerable<JsonElement> Objects(JsonElement message) =>
        message
            .GetProperty("blocks")
            .EnumerateArray()
            .SelectMany(block =>
                block.TryGetProperty("fields", out var fields)
                    ? fields.EnumerateArray().ToArray()
                    : [block.GetProperty("text")]
            );
}
