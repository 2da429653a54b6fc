using System.Net;
using System.Text.Json.Nodes;
using Canary.Testing;

namespace Canary.Cli.Tests;

public sealed class ExitCodeTests
{
    [Theory]
    [InlineData("releases list --limit none")]
    [InlineData("releases list --limit 0")]
    [InlineData("releases show")]
    [InlineData("releases watch latest --timeout soon")]
    [InlineData("completion powershell")]
    [InlineData("run --bogus")]
    [InlineData("nothing")]
    public async Task Wrong_usage_is_2(string command)
    {
        using var run = new CliRun();

        (await run.RunAsync(command.Split(' '))).ShouldBe(ExitCodes.Usage);

        run.Error.ToString().ShouldContain("--help");
    }

    [Theory]
    [InlineData("deploy shop previous --promote", "--promote is for a file.")]
    [InlineData("deploy shop shop.deb --fast", "not for a file.")]
    [InlineData("deploy shop shop.deb --reason urgent", "not for a file.")]
    [InlineData("deploy shop missing.deb", "missing.deb cannot be read")]
    public async Task Options_that_do_not_belong_to_what_is_deployed_are_wrong_usage(string command, string reason)
    {
        using var run = new CliRun();

        (await run.RunAsync(command.Split(' '))).ShouldBe(ExitCodes.Usage);

        run.Error.ToString().ShouldContain(reason);
    }

    [Fact]
    public async Task No_server_is_3_and_says_how_to_start_one()
    {
        using var run = new CliRun();

        (await run.RunAsync("releases", "list")).ShouldBe(ExitCodes.Unreachable);

        run.Error.ToString().ShouldContain("canary server start");
    }

    [Fact]
    public async Task Server_that_does_not_answer_is_3()
    {
        using var run = new CliRun();

        var code = await run.RunAsync("releases", "list", "--server", $"http://127.0.0.1:{FreePort.Next()}");

        code.ShouldBe(ExitCodes.Unreachable);
        run.Error.ToString().ShouldContain("Connection refused");
    }

    [Theory]
    [InlineData(null, "The server wants a token")]
    [InlineData("wrong", "A valid token is needed")]
    public async Task Missing_or_wrong_token_is_4(string? token, string _)
    {
        await using var server = await FakeServer.StartAsync();
        server.Put(Samples.AwaitingPromotion().ToJson());
        using var run = new CliRun().At(server, token);

        (await run.RunAsync("releases", "promote", "latest")).ShouldBe(ExitCodes.NotAllowed);
    }

    [Fact]
    public async Task Token_of_this_machines_server_is_shown_to_no_other()
    {
        await using var ours = await FakeServer.StartAsync();
        await using var other = await FakeServer.StartAsync();
        other.Put(Samples.AwaitingPromotion().ToJson());
        using var run = new CliRun().At(ours);

        var code = await run.RunAsync("releases", "promote", "latest", "--server", other.Address.ToString());

        code.ShouldBe(ExitCodes.NotAllowed);
    }

    [Fact]
    public async Task Token_can_be_given_in_the_environment()
    {
        await using var server = await FakeServer.StartAsync();
        server.Put(Samples.AwaitingPromotion().ToJson());
        using var run = new CliRun()
            .With("CANARY_SERVER", server.Address.ToString())
            .With("CANARY_TOKEN", FakeServer.Token);

        (await run.RunAsync("releases", "promote", "latest")).ShouldBe(ExitCodes.Ok);
    }

    [Theory]
    [InlineData("releases show 0000ffff")]
    [InlineData("releases show shop@ffff")]
    [InlineData("releases watch 0000ffff")]
    [InlineData("releases abort 0000ffff")]
    public async Task Unknown_release_is_5(string command)
    {
        await using var server = await FakeServer.StartAsync();
        using var run = new CliRun().At(server);

        (await run.RunAsync(command.Split(' '))).ShouldBe(ExitCodes.NotFound);

        run.Error.ToString().ShouldContain("There is no release");
    }

    [Fact]
    public async Task Decision_that_does_not_apply_is_6()
    {
        await using var server = await FakeServer.StartAsync();
        server.Put(Samples.Release().ToJson());
        using var run = new CliRun().At(server);

        (await run.RunAsync("releases", "promote", "latest")).ShouldBe(ExitCodes.Conflict);

        run.Error.ToString().ShouldContain("does not wait for promotion");
    }

    [Fact]
    public async Task Failed_release_is_1_with_cause_remedy_and_the_end_of_its_log()
    {
        await using var server = await FakeServer.StartAsync();
        server.Put(Samples.BuildFailed().ToJson());
        server.Log = string.Concat(Enumerable.Range(1, 40).Select(i => $"line {i}\n"));
        using var run = new CliRun().At(server);

        (await run.RunAsync("releases", "watch", "latest")).ShouldBe(ExitCodes.ReleaseFailed);

        run.Output.ShouldContain("script-failed: script/cibuild exited with 1.");
        run.Output.ShouldContain("remedy: Read the end of the build log");
        run.Output.ShouldContain("line 40");
        run.Output.ShouldNotContain("line 25\n");
    }

    [Fact]
    public async Task Release_that_outlasts_the_timeout_is_124_and_goes_on()
    {
        await using var server = await FakeServer.StartAsync();
        server.Put(Samples.Release(state: "Building").ToJson());
        using var run = new CliRun().At(server);

        (await run.RunAsync("releases", "watch", "latest", "--timeout", "50ms")).ShouldBe(ExitCodes.TimedOut);

        run.Error.ToString().ShouldContain("The release goes on");
    }

    [Fact]
    public async Task Interruption_is_130_and_leaves_the_release_alone()
    {
        await using var server = await FakeServer.StartAsync();
        server.Put(Samples.Release(state: "Building").ToJson());
        using var run = new CliRun().At(server);
        using var interruption = new CancellationTokenSource();

        var watching = run.RunAsync(interruption.Token, "releases", "watch", "latest");
        await server.HasListenerAsync();
        await interruption.CancelAsync();

        (await watching).ShouldBe(ExitCodes.Interrupted);
        run.Error.ToString().ShouldContain("The release goes on");
        server.Requests.ShouldNotContain(request => request.StartsWith("POST"));
    }

    [Fact]
    public async Task Errors_are_json_where_json_is_asked_for()
    {
        using var run = new CliRun();

        await run.RunAsync("releases", "list", "--json");

        var error = JsonNode.Parse(run.Error.ToString())!["error"]!;
        error["code"]!.GetValue<string>().ShouldBe("no-server");
        error["exitCode"]!.GetValue<int>().ShouldBe(3);
        error["remedy"]!.GetValue<string>().ShouldNotBeEmpty();
        run.Output.ShouldBeEmpty();
    }

    [Fact]
    public async Task Answer_that_is_no_canary_server_is_3()
    {
        using var listener = new HttpListener();
        var address = $"http://127.0.0.1:{FreePort.Next()}/";
        listener.Prefixes.Add(address);
        listener.Start();
        var answering = Task.Run(async () =>
        {
            var context = await listener.GetContextAsync();
            context.Response.ContentType = "text/html";
            await context.Response.OutputStream.WriteAsync("<html>"u8.ToArray());
            context.Response.Close();
        });
        using var run = new CliRun();

        (await run.RunAsync("releases", "list", "--server", address)).ShouldBe(ExitCodes.Unreachable);

        await answering;
        run.Error.ToString().ShouldContain("did not answer as a Canary server");
    }
}
