using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Canary.Testing;

namespace Canary.Ingress.Tests.Notifications;

public sealed class NotificationEndpointTests : IAsyncLifetime
{
    private readonly TempDirectory _secrets = new();
    private Receiver _slack = null!;
    private IngressHost _host = null!;

    public async ValueTask InitializeAsync()
    {
        _slack = await Receiver.StartAsync();
        _host = await IngressHost.StartAsync([
            .. Told.SlackChannel(_secrets, _slack.Address),
            .. Told.Channel(1, ("name", "later"), ("kind", "none"), ("applications:0", "shop")),
        ]);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _slack.DisposeAsync();
        _secrets.Dispose();
    }

    [Fact]
    public async Task The_channels_are_listed_with_what_they_are_told_of()
    {
        var channels = (await _host.GetAsync("/api/notifications")).GetProperty("channels").EnumerateArray().ToList();

        channels
            .Select(it => (it.Text("name"), it.Text("kind"), it.Text("events")))
            .ShouldBe([("ops", "slack", "decisions"), ("later", "none", "all")]);
        channels[1].GetProperty("applications")[0].GetString().ShouldBe("shop");
    }

    [Fact]
    public async Task A_test_goes_the_way_of_all_messages_and_is_on_record()
    {
        var test = await TestAsync("ops");

        test.GetProperty("delivered").GetBoolean().ShouldBeTrue();
        _slack.Taken.ShouldHaveSingleItem().Body.ShouldContain("Test of the channel ops");
        var entry = (await _host.GetAsync("/api/audit")).GetProperty("entries")[0];
        entry.Text("action").ShouldBe("notification.test");
        entry.Text("by").ShouldBe("ada");
        entry.Text("detail").ShouldBe("ops: delivered");
    }

    [Fact]
    public async Task A_test_that_is_not_delivered_says_why_and_what_to_do()
    {
        _slack.Answers = _ => Answer.With(HttpStatusCode.NotFound, "no_service");

        var test = await TestAsync("ops");

        test.GetProperty("delivered").GetBoolean().ShouldBeFalse();
        test.Text("error").ShouldBe("Slack answers 404 (no_service).");
        test.Text("remedy").ShouldNotBeNullOrWhiteSpace();
    }

    [Fact]
    public async Task A_channel_that_is_switched_off_says_so_and_is_told_nothing()
    {
        await _host.ReleaseIsAsync(Told.Push(), 1, "Failed", Told.Broken);
        await _host.ToldAllAsync("later");

        (await TestAsync("later")).Text("error").ShouldBe("The channel is switched off.");
        (await CheckAsync("notifications-later")).Text("detail").ShouldBe("Switched off.");
        var channel = await _host.ChannelAsync("later");
        channel.GetProperty("deliveredAt").ValueKind.ShouldBe(JsonValueKind.Null);
        channel.GetProperty("error").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Fact]
    public async Task A_channel_that_there_is_not_is_named()
    {
        using var answer = await _host.Operator.PostAsync("/api/notifications/chat/test", null);

        var problem = await answer.ShouldBeProblemAsync(HttpStatusCode.NotFound, "notification-channel-unknown");
        problem.Text("detail").ShouldContain("'chat'");
    }

    [Fact]
    public async Task The_doctor_says_of_each_channel_whether_it_works()
    {
        await _host.ReleaseIsAsync(Told.Push(), 1, "Failed", Told.Broken);
        await Eventually.TrueAsync(() => _slack.Taken.Count == 1);
        await _host.ToldAllAsync();
        await Eventually.TrueAsync(async () =>
            (await CheckAsync()).Text("detail").StartsWith("slack; last delivered 20")
        );
        (await CheckAsync()).Text("status").ShouldBe("ok");

        File.Delete(_secrets.Combine("slack-url"));

        var check = await CheckAsync();
        check.Text("status").ShouldBe("warning");
        check.Text("detail").ShouldContain(_secrets.Combine("slack-url"));
        check.Text("remedy").ShouldEndWith("canary notifications test ops");
    }

    private async Task<JsonElement> CheckAsync(string name = "notifications-ops") =>
        (await _host.GetAsync("/api/status?fresh=true"))
            .GetProperty("checks")
            .EnumerateArray()
            .Single(it => it.Text("name") == name);

    private async Task<JsonElement> TestAsync(string name)
    {
        using var answer = await _host.Operator.PostAsJsonAsync($"/api/notifications/{name}/test", new { by = "ada" });
        return await answer.ShouldBeAsync(HttpStatusCode.OK);
    }
}
