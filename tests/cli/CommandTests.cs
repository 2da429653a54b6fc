using System.Text.Json.Nodes;
using Canary.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Canary.Cli.Tests;

public sealed class CommandTests
{
    private static FakeTimeProvider FiveMinutesLater => new(Samples.Begin.AddMinutes(5));

    [Fact]
    public async Task Releases_are_listed_in_plain_columns()
    {
        await using var server = await FleetAsync();
        using var run = new CliRun { Time = FiveMinutesLater }.At(server);

        (await run.RunAsync("releases", "list")).ShouldBe(ExitCodes.Ok);

        Snapshot.Match(run.Output, "releases-list.txt");
    }

    [Fact]
    public async Task Releases_are_listed_in_a_table_at_a_terminal()
    {
        await using var server = await FleetAsync();
        using var run = new CliRun { Time = FiveMinutesLater, IsTerminal = true }.At(server);

        (await run.RunAsync("releases", "list")).ShouldBe(ExitCodes.Ok);

        Snapshot.Match(run.Drawn, "releases-list-terminal.txt");
    }

    [Theory]
    [InlineData("releases list")]
    [InlineData("releases show latest")]
    [InlineData("apps")]
    [InlineData("hosts")]
    [InlineData("releases promote latest")]
    public async Task Json_keeps_its_shape(string command)
    {
        await using var server = await FleetAsync();
        using var run = new CliRun { Time = FiveMinutesLater }.At(server);

        (await run.RunAsync([.. command.Split(' '), "--json"])).ShouldBe(ExitCodes.Ok);

        JsonNode.Parse(run.Output).ShouldNotBeNull();
        Snapshot.Match(run.Output, $"{command.Replace(' ', '-')}.json");
    }

    [Theory]
    [InlineData("apps")]
    [InlineData("hosts")]
    [InlineData("releases show latest")]
    [InlineData("doctor")]
    public async Task Human_output_keeps_its_shape(string command)
    {
        await using var server = await FleetAsync();
        using var run = new CliRun { Time = FiveMinutesLater }.At(server);

        await run.RunAsync(command.Split(' '));

        var text = run.Output.Replace(server.Address.ToString(), "http://SERVER/", StringComparison.Ordinal);
        if (command == "doctor")
        {
            text = text[text.IndexOf("The server", StringComparison.Ordinal)..];
        }
        Snapshot.Match(text, $"{command.Replace(' ', '-')}.txt");
    }

    [Fact]
    public async Task Every_stage_with_its_times_is_in_the_json_of_a_release()
    {
        await using var server = await FleetAsync();
        using var run = new CliRun().At(server);

        await run.RunAsync("releases", "show", Samples.Id(2).ToString()[..8], "--json");

        var stages = JsonNode.Parse(run.Output)!["stages"]!.AsArray();
        stages.Count.ShouldBe(9);
        stages.ShouldAllBe(stage => stage!["startedAt"] != null && stage["finishedAt"] != null);
        stages[0]!["durationMs"]!.GetValue<double>().ShouldBe(1000);
    }

    [Fact]
    public async Task Filters_and_limit_reach_the_server()
    {
        await using var server = await FleetAsync();
        using var run = new CliRun().At(server);

        await run.RunAsync("releases", "list", "--app", "shop & co", "--state", "failed", "-n", "3");

        server.Requests.ShouldContain("GET /api/releases?application=shop%20%26%20co&state=failed&limit=3");
    }

    [Fact]
    public async Task Log_is_printed_as_it_is()
    {
        await using var server = await FleetAsync();
        server.Log = "+ script/cibuild\n8 passed, 0 failed\n";
        using var run = new CliRun().At(server);

        (await run.RunAsync("releases", "logs", "latest")).ShouldBe(ExitCodes.Ok);

        run.Output.ShouldBe("+ script/cibuild\n8 passed, 0 failed\n");
    }

    [Fact]
    public async Task Log_of_a_host_is_asked_for_by_its_name()
    {
        await using var server = await FleetAsync();
        server.Log = "Setting up shop (1.0) ...\n";
        using var run = new CliRun().At(server);

        (await run.RunAsync("releases", "logs", "latest", "--host", "web-1")).ShouldBe(ExitCodes.Ok);
        (await run.RunAsync("releases", "logs", "latest", "--host", "web-1", "--json")).ShouldBe(ExitCodes.Ok);

        run.Output.ShouldBe(
            "web-1: Setting up shop (1.0) ...\n{\"line\":\"web-1: Setting up shop (1.0) ...\",\"host\":\"web-1\"}\n"
        );
    }

    [Fact]
    public async Task Log_that_breaks_off_goes_on_where_it_broke()
    {
        await using var server = await FleetAsync();
        server.Log = "one\ntwo\nthree\n";
        server.BreakLogs = 1;
        using var run = new CliRun().At(server);

        (await run.RunAsync("releases", "logs", "latest", "--follow")).ShouldBe(ExitCodes.Ok);

        run.Output.ShouldBe("one\ntwo\nthree\n");
    }

    [Fact]
    public async Task Log_cannot_steer_the_terminal()
    {
        await using var server = await FleetAsync();
        server.Log = "\u001b]0;owned\u0007\u001b[2Jbuild\n";
        using var run = new CliRun { IsTerminal = true }.At(server);

        await run.RunAsync("releases", "logs", "latest");

        run.Output.ShouldBe("]0;owned[2Jbuild\n");
    }

    [Fact]
    public async Task Rollback_passes_the_reason_on()
    {
        await using var server = await FleetAsync();
        using var run = new CliRun().At(server);

        (await run.RunAsync("releases", "rollback", "latest", "--reason", "slow")).ShouldBe(ExitCodes.Ok);

        server.Requests.ShouldContain("POST /api/releases/latest/rollback");
    }

    [Fact]
    public async Task Retry_asks_for_another_release_of_the_commit()
    {
        await using var server = await FleetAsync();
        using var run = new CliRun().At(server);

        (await run.RunAsync("releases", "retry", "latest")).ShouldBe(ExitCodes.Ok);

        server.Requests.ShouldContain("POST /api/releases/latest/retry");
        run.Output.ShouldContain("released again");
    }

    [Theory]
    [InlineData("pause", "The release pauses.")]
    [InlineData("resume", "The release goes on.")]
    public async Task A_release_is_paused_and_resumed(string command, string said)
    {
        await using var server = await FleetAsync();
        using var run = new CliRun().At(server);

        (await run.RunAsync("releases", command, "latest")).ShouldBe(ExitCodes.Ok);

        server.Requests.ShouldContain($"POST /api/releases/latest/{command}");
        run.Output.ShouldContain(said);
    }

    [Theory]
    [InlineData("retry-host", "retry", "web-1 is tried again.")]
    [InlineData("skip-host", "skip", "web-1 is left out of the release.")]
    public async Task A_host_of_a_release_is_steered(string command, string steering, string said)
    {
        await using var server = await FleetAsync();
        using var run = new CliRun().At(server);

        (await run.RunAsync("releases", command, "latest", "web-1")).ShouldBe(ExitCodes.Ok);

        server.Requests.ShouldContain($"POST /api/releases/latest/hosts/web-1/{steering}");
        ((string?)server.Ordered!["by"]).ShouldBe("ada");
        run.Output.ShouldContain(said);
    }

    [Theory]
    [InlineData("retry-host")]
    [InlineData("skip-host")]
    public async Task A_host_that_a_release_does_not_have_is_a_conflict(string command)
    {
        await using var server = await FleetAsync();
        using var run = new CliRun().At(server);

        (await run.RunAsync("releases", command, "latest", "web-9")).ShouldBe(ExitCodes.Conflict);

        run.Error.ToString().ShouldContain("no host 'web-9'");
    }

    [Fact]
    public async Task Hosts_that_drift_are_brought_back_when_told_so()
    {
        await using var server = await FleetAsync();
        using var run = new CliRun().At(server);

        (await run.RunAsync("hosts", "converge", "--app", "shop")).ShouldBe(ExitCodes.Ok);

        ((string?)server.Ordered!["application"]).ShouldBe("shop");
        ((string?)server.Ordered["by"]).ShouldBe("ada");
        run.Output.ShouldContain("The deployer brings canary-1 to what they should run.");
    }

    [Fact]
    public async Task A_host_that_does_not_drift_is_looked_at_all_the_same()
    {
        await using var server = await FleetAsync();
        using var run = new CliRun().At(server);

        (await run.RunAsync("hosts", "converge", "web-7", "--json")).ShouldBe(ExitCodes.Ok);

        ((string?)server.Ordered!["host"]).ShouldBe("web-7");
        JsonNode.Parse(run.Output)!["hosts"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task Promotion_can_be_waited_for()
    {
        await using var server = await FleetAsync();
        using var run = new CliRun().At(server);

        (await run.RunAsync("releases", "promote", "latest", "--wait")).ShouldBe(ExitCodes.Ok);

        run.Output.ShouldContain("completed");
    }

    private static async Task<FakeServer> FleetAsync()
    {
        var server = await FakeServer.StartAsync();
        server.Put(
            (Samples.AwaitingPromotion() with { Id = Samples.Id(3), ReceivedAt = Samples.Begin.AddMinutes(2) }).ToJson()
        );
        server.Put((Samples.Release() with { Id = Samples.Id(2) }).ToJson());
        server.Put(
            (Samples.BuildFailed() with { Id = Samples.Id(1), ReceivedAt = Samples.Begin.AddDays(-3) }).ToJson()
        );
        server.Applications.Add(
            JsonNode.Parse(
                """
                {
                  "name": "shop",
                  "production": {
                    "version": "1.0.0-1717750800.g1a2b3c4",
                    "releaseId": "00000002-0000-5000-8000-000000000000",
                    "since": "2024-06-07T09:00:08+00:00"
                  },
                  "canary": {
                    "version": "1.1.0-1717750920.g2b3c4d5",
                    "releaseId": "00000003-0000-5000-8000-000000000000",
                    "since": "2024-06-07T09:02:08+00:00"
                  },
                  "latest": { "id": "00000003-0000-5000-8000-000000000000", "state": "RollingOut", "phase": "AwaitingPromotion" },
                  "hosts": 4
                }
                """
            )
        );
        server.Hosts.Add(
            JsonNode.Parse(
                """
                {
                  "name": "canary-1", "address": "127.0.0.1", "channel": "canary", "role": "app", "applications": ["*"],
                  "transport": "local", "versions": { "shop": "1.1.0-1717750920.g2b3c4d5" },
                  "lastContactAt": "2024-06-07T09:02:00+00:00",
                  "drifts": [
                    {
                      "application": "shop", "wanted": "1.2.0-1717751000.g3c4d5e6", "running": "1.1.0-1717750920.g2b3c4d5",
                      "since": "2024-06-07T09:03:00+00:00",
                      "failure": { "code": "host-unreachable", "message": "It does not answer.", "remedy": "Switch it on." }
                    }
                  ]
                }
                """
            )
        );
        server.Checks.Add(
            new JsonObject
            {
                ["name"] = "store",
                ["status"] = "ok",
                ["detail"] = "SQLite answers.",
            }
        );
        server.Checks.Add(
            new JsonObject
            {
                ["name"] = "inventory",
                ["status"] = "failed",
                ["detail"] = "hosts.yml, line 3: no name.",
                ["remedy"] = "Give the host a name.",
            }
        );
        return server;
    }
}
