using System.Text.Json.Nodes;
using Canary.Cli.Api;
using Canary.Testing;

namespace Canary.Cli.Tests;

public sealed class WatchTests
{
    [Fact]
    public async Task Changes_are_shown_as_they_come_until_the_end()
    {
        await using var server = await FakeServer.StartAsync();
        server.Put(Samples.Release(state: "Building").ToJson());
        using var run = new CliRun().At(server);

        var watching = run.RunAsync("releases", "watch", "latest");
        await server.HasListenerAsync();
        server.Put(Samples.AwaitingPromotion().ToJson());
        server.Put(Samples.Release().ToJson());

        (await watching).ShouldBe(ExitCodes.Ok);
        Snapshot.Match(run.Output, "watch.txt");
    }

    [Fact]
    public async Task Each_change_is_one_line_of_json()
    {
        await using var server = await FakeServer.StartAsync();
        server.Put(Samples.Release(state: "Building").ToJson());
        using var run = new CliRun().At(server);

        var watching = run.RunAsync("releases", "watch", "latest", "--json");
        await server.HasListenerAsync();
        server.Put(Samples.Release().ToJson());
        await watching;

        var states = run.Output.TrimEnd().Split('\n').Select(line => (string)JsonNode.Parse(line)!["state"]!).ToList();
        states[0].ShouldBe("Building");
        states[^1].ShouldBe("Completed");
    }

    [Fact]
    public async Task Cut_connection_is_taken_up_again()
    {
        await using var server = await FakeServer.StartAsync();
        server.Put(Samples.Release(state: "Building").ToJson());
        using var run = new CliRun().At(server);

        var watching = run.RunAsync("releases", "watch", "latest");
        await server.HasListenerAsync();
        server.CutStreams();
        await server.HasListenerAsync();
        server.Put(Samples.Release().ToJson());

        (await watching).ShouldBe(ExitCodes.Ok);
        run.Error.ToString().ShouldContain("connection to the server is lost");
        run.Error.ToString().ShouldContain("Connected again");
    }

    [Fact]
    public async Task End_that_came_while_the_connection_was_cut_is_not_missed()
    {
        await using var server = await FakeServer.StartAsync();
        server.Put(Samples.Release(state: "Building").ToJson());
        server.BreakStreams = 2;
        using var run = new CliRun().At(server);

        var watching = run.RunAsync("releases", "watch", "latest");
        await Eventually.TrueAsync(() => server.BreakStreams == 0);
        server.BreakStreams = int.MaxValue;
        server.Put(Samples.Release().ToJson());

        (await watching).ShouldBe(ExitCodes.Ok);
    }

    [Fact]
    public async Task Restarted_server_is_found_at_its_new_address()
    {
        using var run = new CliRun();
        await using var first = await FakeServer.StartAsync();
        first.Put(Samples.Release(state: "Building").ToJson());
        var watching = run.At(first).RunAsync("releases", "watch", "latest");
        await first.HasListenerAsync();

        await using var second = await FakeServer.StartAsync();
        second.Put(Samples.Release().ToJson());
        run.At(second);
        await first.DisposeAsync();

        (await watching).ShouldBe(ExitCodes.Ok);
    }

    [Fact]
    public async Task Server_that_stays_away_ends_the_watch_at_last()
    {
        await using var server = await FakeServer.StartAsync();
        server.Put(Samples.Release(state: "Building").ToJson());
        using var run = new CliRun().At(server);
        using var client = new CanaryClient(new ServerLocator(server.Address.ToString(), null, run.Data));
        var follower = new ReleaseFollower(client, TimeProvider.System) { Patience = TimeSpan.Zero };

        var following = Task.Run(async () =>
        {
            await foreach (var _ in follower.FollowAsync("latest", CancellationToken.None))
            {
                // The first state arrives; then the server dies.
            }
        });
        await server.HasListenerAsync();
        server.CutStreams();

        await following.ShouldThrowAsync<IOException>();
    }

    [Fact]
    public async Task Terminal_shows_the_release_as_bars()
    {
        await using var server = await FakeServer.StartAsync();
        server.Put(Samples.RolledBack().ToJson());
        using var run = new CliRun { IsTerminal = true }.At(server);

        (await run.RunAsync("releases", "watch", "latest")).ShouldBe(ExitCodes.ReleaseFailed);

        run.Drawn.ShouldContain("✗ canary");
        run.Drawn.ShouldContain("canary-unwell");
    }
}
