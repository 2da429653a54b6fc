using System.Text.Json.Nodes;
using Canary.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Canary.Cli.Tests;

public sealed class AuditTests
{
    [Theory]
    [InlineData("audit", "audit.txt")]
    [InlineData("audit --limit 1 --json", "audit.json")]
    public async Task Output_keeps_its_shape(string command, string snapshot)
    {
        await using var server = await ServerAsync();
        using var run = new CliRun { Time = new FakeTimeProvider(Samples.Begin.AddMinutes(5)) }.At(server);

        (await run.RunAsync(command.Split(' '))).ShouldBe(ExitCodes.Ok);

        Snapshot.Match(run.Output, snapshot);
    }

    [Fact]
    public async Task What_is_asked_for_is_passed_on_and_pages_are_turned()
    {
        await using var server = await ServerAsync();
        server.Decisions = [.. Enumerable.Range(1, 620).Reverse().Select(id => Entry(id, "release.pause"))];
        using var run = new CliRun().At(server);

        (await run.RunAsync("audit", "--app", "shop", "--release", "3f2a", "--limit", "600", "--json")).ShouldBe(0);

        JsonNode.Parse(run.Output)!["entries"]!.AsArray().Count.ShouldBe(600);
        server.Requests.ShouldContain("GET /api/audit?application=shop&release=3f2a&limit=500");
        server.Requests.ShouldContain("GET /api/audit?application=shop&release=3f2a&limit=100&before=121");
    }

    [Fact]
    public async Task Where_nobody_decided_anything_that_is_said()
    {
        await using var server = await FakeServer.StartAsync();
        using var run = new CliRun().At(server);

        (await run.RunAsync("audit")).ShouldBe(ExitCodes.Ok);

        (run.Output + run.Error).ShouldContain("Nobody has decided anything yet.");
    }

    [Theory]
    [InlineData("0")]
    [InlineData("many")]
    public async Task A_limit_is_a_number(string limit)
    {
        await using var server = await ServerAsync();
        using var run = new CliRun().At(server);

        (await run.RunAsync("audit", "--limit", limit)).ShouldBe(ExitCodes.Usage);
    }

    private static async Task<FakeServer> ServerAsync()
    {
        var server = await FakeServer.StartAsync();
        server.Decisions =
        [
            Entry(3, "hosts.converge", application: null, release: null),
            Entry(2, "host.skip", host: "web-3"),
            Entry(1, "release.promote", reason: "looks\u001b[2J well"),
        ];
        return server;
    }

    private static JsonObject Entry(
        int id,
        string action,
        string? application = "shop",
        int? release = 2,
        string? host = null,
        string? reason = null
    ) =>
        new()
        {
            ["id"] = id,
            ["at"] = Samples.Begin.AddMinutes(id).ToString("O"),
            ["action"] = action,
            ["application"] = application,
            ["releaseId"] = release is { } number ? Samples.Id(number).ToString() : null,
            ["host"] = host,
            ["by"] = "ada",
            ["reason"] = reason,
            ["token"] = "operator",
            ["address"] = "192.0.2.7",
        };
}
