using System.Text.Json.Nodes;
using Canary.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Canary.Cli.Tests;

public sealed class NotificationsTests
{
    [Theory]
    [InlineData("notifications list", ExitCodes.Ok, "notifications-list.txt")]
    [InlineData("notifications list --json", ExitCodes.Ok, "notifications-list.json")]
    [InlineData("notifications test", ExitCodes.ReleaseFailed, "notifications-test.txt")]
    [InlineData("notifications test --json", ExitCodes.ReleaseFailed, "notifications-test.json")]
    public async Task Output_keeps_its_shape(string command, int exitCode, string snapshot)
    {
        await using var server = await ServerAsync();
        using var run = new CliRun { Time = new FakeTimeProvider(Samples.Begin.AddMinutes(5)) }.At(server);

        (await run.RunAsync(command.Split(' '))).ShouldBe(exitCode);

        Snapshot.Match(run.Output, snapshot);
    }

    [Fact]
    public async Task One_channel_is_tested_by_its_name()
    {
        await using var server = await ServerAsync();
        using var run = new CliRun().At(server);

        (await run.RunAsync("notifications", "test", "ops")).ShouldBe(ExitCodes.Ok);

        run.Output.ShouldBe("ops: delivered.\n");
        server.Requests.ShouldBe(["POST /api/notifications/ops/test"]);
    }

    [Fact]
    public async Task A_channel_that_there_is_not_is_not_found()
    {
        await using var server = await ServerAsync();
        using var run = new CliRun().At(server);

        (await run.RunAsync("notifications", "test", "chat")).ShouldBe(ExitCodes.NotFound);
    }

    [Fact]
    public async Task A_test_needs_a_token()
    {
        await using var server = await ServerAsync();
        using var run = new CliRun().At(server, token: null);

        (await run.RunAsync("notifications", "test", "ops")).ShouldBe(ExitCodes.NotAllowed);
    }

    [Theory]
    [InlineData("list")]
    [InlineData("test")]
    public async Task Where_nobody_is_told_it_says_what_to_configure(string command)
    {
        await using var server = await FakeServer.StartAsync();
        using var run = new CliRun().At(server);

        (await run.RunAsync("notifications", command)).ShouldBe(ExitCodes.Ok);

        (run.Output + run.Error).ShouldContain("ingress.notifications.channels");
    }

    private static async Task<FakeServer> ServerAsync()
    {
        var server = await FakeServer.StartAsync();
        server.Channels.Add(Channel("ops", "slack", "decisions", waiting: 0, error: null));
        server.Channels.Add(Channel("later", "none", "all", waiting: 0, error: null));
        server.Channels.Add(Channel("team", "mail", "problems", waiting: 3, "It does not\u001b[2J answer."));
        return server;
    }

    private static JsonObject Channel(string name, string kind, string events, int waiting, string? error) =>
        new()
        {
            ["name"] = name,
            ["kind"] = kind,
            ["applications"] = kind == "mail" ? new JsonArray("shop*", "blog") : [],
            ["events"] = events,
            ["waiting"] = waiting,
            ["givenUp"] = kind == "mail" ? 2 : 0,
            ["deliveredAt"] = error is null ? Samples.Begin.AddMinutes(3).ToString("O") : null,
            ["failedAt"] = error is null ? null : Samples.Begin.AddMinutes(4).ToString("O"),
            ["error"] = error,
            ["remedy"] = error is null ? null : "See that it runs.",
        };
}
