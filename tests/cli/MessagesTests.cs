using System.Text.Json.Nodes;
using Canary.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Canary.Cli.Tests;

public sealed class MessagesTests
{
    private const string First = "3f2a9c1b-0000-0000-0000-000000000001";
    private const string Second = "3f2a9c1b-0000-0000-0000-000000000002";

    [Theory]
    [InlineData("messages list", "messages-list.txt")]
    [InlineData("messages list --json", "messages-list.json")]
    [InlineData("messages show " + First, "messages-show.txt")]
    [InlineData("messages show " + First + " --json", "messages-show.json")]
    public async Task Output_keeps_its_shape(string command, string snapshot)
    {
        await using var server = await ServerAsync();
        using var run = new CliRun { Time = new FakeTimeProvider(Samples.Begin.AddMinutes(5)) }.At(server);

        (await run.RunAsync(command.Split(' '))).ShouldBe(ExitCodes.Ok);

        Snapshot.Match(run.Output, snapshot);
    }

    [Fact]
    public async Task A_message_is_retried_by_the_beginning_of_its_id_in_its_queue()
    {
        await using var server = await ServerAsync();
        server.Messages.TryRemove(Second, out _);
        using var run = new CliRun().At(server);

        (await run.RunAsync("messages", "retry", "3f2a9c1b")).ShouldBe(ExitCodes.Ok);

        run.Output.ShouldBe("3f2a9c1b is in packager-build-package again.\n");
        server.Requests.ShouldContain($"POST /api/messages/{First}/retry?queue=packager-build-package");
        server.Messages.ShouldBeEmpty();
    }

    [Fact]
    public async Task All_or_those_of_one_queue_are_retried()
    {
        await using var server = await ServerAsync();
        using var one = new CliRun().At(server);
        using var all = new CliRun().At(server);

        (await one.RunAsync("messages", "retry", "--all", "--queue", "deployer-rollout", "--json")).ShouldBe(0);
        server.Messages.Keys.ShouldBe([First]);
        JsonNode.Parse(one.Output)!["messages"]!.AsArray().Count.ShouldBe(1);

        (await all.RunAsync("messages", "retry", "--all")).ShouldBe(ExitCodes.Ok);
        server.Messages.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("messages retry", ExitCodes.Usage)]
    [InlineData("messages retry --all " + First, ExitCodes.Usage)]
    [InlineData("messages retry 3f2a9c1b", ExitCodes.Usage)]
    [InlineData("messages retry ffff", ExitCodes.NotFound)]
    [InlineData("messages show 00000000-0000-0000-0000-000000000009", ExitCodes.NotFound)]
    [InlineData("messages discard " + First, ExitCodes.Usage)]
    public async Task What_cannot_be_decided_ends_with_its_exit_code(string command, int exitCode)
    {
        await using var server = await ServerAsync();
        using var run = new CliRun().At(server);

        (await run.RunAsync(command.Split(' '))).ShouldBe(exitCode);

        server.Messages.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Only_operators_decide()
    {
        await using var server = await ServerAsync();
        using var run = new CliRun().At(server, token: null);

        (await run.RunAsync("messages", "list")).ShouldBe(ExitCodes.NotAllowed);
    }

    [Theory]
    [InlineData("y", 1)]
    [InlineData("n", 2)]
    public async Task A_person_is_asked_before_a_message_is_discarded(string answer, int left)
    {
        await using var server = await ServerAsync();
        using var run = new CliRun { IsTerminal = true }
            .At(server)
            .Type(answer);

        (await run.RunAsync("messages", "discard", First)).ShouldBe(ExitCodes.Ok);

        run.Drawn.ShouldContain("for good?");
        server.Messages.Count.ShouldBe(left);
    }

    [Fact]
    public async Task A_script_discards_with_yes()
    {
        await using var server = await ServerAsync();
        using var run = new CliRun().At(server);

        (await run.RunAsync("messages", "discard", First, "--yes")).ShouldBe(ExitCodes.Ok);

        server.Messages.Keys.ShouldBe([Second]);
    }

    [Fact]
    public async Task Messages_and_queues_are_completed()
    {
        await using var server = await ServerAsync();
        using var id = new CliRun { Time = new FakeTimeProvider() }.At(server);
        using var queue = new CliRun { Time = new FakeTimeProvider() }.At(server);

        await CompleteAsync(id, "canary messages show ");
        await CompleteAsync(queue, "canary messages list --queue dep");

        id.Output.ShouldContain("3f2a9c1b");
        queue.Output.ShouldContain("deployer-rollout");

        static Task<int> CompleteAsync(CliRun run, string line) => run.RunAsync("complete", $"{line.Length}", line);
    }

    private static async Task<FakeServer> ServerAsync()
    {
        var server = await FakeServer.StartAsync();
        Add(First, "packager-build-package", "BuildPackage", Samples.Begin, "The scales\u001b[2J broke.\nAnd fell.");
        Add(Second, "deployer-rollout", "HostUpdated", Samples.Begin.AddMinutes(1), "Nothing weighs so much.");
        return server;

        void Add(string id, string queue, string type, DateTimeOffset at, string reason) =>
            server.Messages[id] = new JsonObject
            {
                ["id"] = id,
                ["queue"] = queue,
                ["type"] = type,
                ["failedAt"] = at.ToString("O"),
                ["fault"] = "System.InvalidOperationException",
                ["reason"] = reason,
                ["attempts"] = 4,
                ["releaseId"] = Samples.Id(2).ToString(),
                ["rolloutId"] = null,
                ["body"] = new JsonObject { ["message"] = new JsonObject { ["application"] = "shop" } },
            };
    }
}
