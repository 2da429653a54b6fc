using System.Text.Json.Nodes;
using Canary.Testing;

namespace Canary.Cli.Tests;

public sealed class ServerTests
{
    [Fact]
    public async Task Status_without_a_server_is_3()
    {
        using var run = new CliRun();

        (await run.RunAsync("server", "status", "--json")).ShouldBe(ExitCodes.Unreachable);

        JsonNode.Parse(run.Output)!["running"]!.GetValue<bool>().ShouldBeFalse();
    }

    [Fact]
    public async Task Stop_without_a_server_is_done_already()
    {
        using var run = new CliRun();

        (await run.RunAsync("server", "stop")).ShouldBe(ExitCodes.Ok);

        run.Output.ShouldContain("No server runs here");
    }

    [Fact]
    public async Task Running_server_is_described()
    {
        await using var server = await FakeServer.StartAsync();
        using var run = new CliRun().At(server);

        (await run.RunAsync("server", "status", "--json")).ShouldBe(ExitCodes.Ok);

        var status = JsonNode.Parse(run.Output)!;
        status["running"]!.GetValue<bool>().ShouldBeTrue();
        status["address"]!.GetValue<string>().ShouldBe(server.Address.ToString().TrimEnd('/'));
        status["status"]!["version"]!.GetValue<string>().ShouldBe("0.1.0");
    }

    [Fact]
    public async Task Second_start_finds_the_first_server()
    {
        await using var server = await FakeServer.StartAsync();
        using var run = new CliRun().At(server);

        (await run.RunAsync("server", "start")).ShouldBe(ExitCodes.Ok);

        run.Output.ShouldContain("runs already");
    }

    [Fact]
    public async Task Root_starts_no_server_on_the_data_of_somebody_else()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Nobody else can.");
        using var run = new CliRun();
        Directory.CreateDirectory(run.Data);
        await ProcessRunner.OutputOfAsync("chown", ["nobody", run.Data]);

        (await run.RunAsync("server", "start")).ShouldBe(ExitCodes.NotAllowed);

        run.Error.ToString().ShouldContain("systemctl start canary-server");
        Directory.GetFileSystemEntries(run.Data).ShouldBeEmpty();
    }

    [Fact]
    public async Task Leftover_of_a_dead_server_counts_as_none()
    {
        using var run = new CliRun();
        Directory.CreateDirectory(run.Data);
        await File.WriteAllTextAsync(
            Path.Combine(run.Data, "server.json"),
            """{"address":"http://127.0.0.1:1","pid":2147483646}"""
        );

        (await run.RunAsync("server", "status")).ShouldBe(ExitCodes.Unreachable);
    }
}
