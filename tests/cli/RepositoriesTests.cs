using System.Text.Json.Nodes;
using Canary.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Canary.Cli.Tests;

public sealed class RepositoriesTests
{
    [Theory]
    [InlineData("apps repositories", "repositories.txt")]
    [InlineData("apps repositories --json", "repositories.json")]
    public async Task Output_keeps_its_shape(string command, string snapshot)
    {
        await using var server = await FakeServer.StartAsync();
        server.Repositories.Add(new JsonObject { ["name"] = "acme/*", ["source"] = "github" });
        server.Repositories.Add(
            new JsonObject
            {
                ["name"] = "acme/shop",
                ["source"] = "github",
                ["application"] = "shop",
                ["branch"] = "main",
                ["addedBy"] = "ada",
                ["looksEvery"] = "00:05:00",
                ["lookedAt"] = Samples.Begin.AddMinutes(3).ToString("O"),
                ["notReleased"] = "The commit 0123456789ab says [skip ci],\u001b[2J so that nothing was released.",
                ["notReleasedAt"] = Samples.Begin.AddMinutes(2).ToString("O"),
            }
        );
        server.Repositories.Add(
            new JsonObject
            {
                ["name"] = "acme/legacy",
                ["source"] = "git",
                ["application"] = "legacy",
                ["looksEvery"] = "00:01:00",
                ["error"] =
                    "git cannot read 'ssh://git@git.example.org/srv/git/legacy.git': it did not answer in time.",
                ["remedy"] =
                    "Check the address, the network, and that this server has the right to read the repository.",
                ["failingSince"] = Samples.Begin.AddMinutes(1).ToString("O"),
            }
        );
        using var run = new CliRun { Time = new FakeTimeProvider(Samples.Begin.AddMinutes(5)) }.At(server);

        (await run.RunAsync(command.Split(' '))).ShouldBe(ExitCodes.Ok);

        Snapshot.Match(run.Output + run.Error, snapshot);
    }

    [Fact]
    public async Task One_is_added_with_the_name_of_who_does_it_and_renewed()
    {
        await using var server = await FakeServer.StartAsync();
        using var run = new CliRun().At(server);

        (await run.RunAsync("apps", "add", "acme/shop", "--app", "hats")).ShouldBe(ExitCodes.Ok);

        ((string?)server.Ordered!["repository"]).ShouldBe("acme/shop");
        ((string?)server.Ordered["by"]).ShouldBe("ada");
        run.Output.ShouldContain("acme/shop is added, with its webhook: what is pushed is released as hats.");

        server.Repositories.Add(new JsonObject { ["name"] = "acme/shop", ["source"] = "github" });
        (await run.RunAsync("apps", "add", "acme/shop", "--json")).ShouldBe(ExitCodes.Ok);
        run.Output.ShouldContain("\"webhookId\": 12345678");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task One_is_removed_and_a_webhook_that_stays_is_told_of(bool stays)
    {
        await using var server = await FakeServer.StartAsync();
        server.Repositories.Add(new JsonObject { ["name"] = "acme/shop", ["isWebhookLeft"] = stays });
        using var run = new CliRun().At(server);

        (await run.RunAsync("apps", "remove", "acme/shop")).ShouldBe(ExitCodes.Ok);

        run.Output.ShouldContain("acme/shop is removed.");
        run.Error.ToString().Contains("still at GitHub", StringComparison.Ordinal).ShouldBe(stays);
        server.Requests.ShouldContain("DELETE /api/repositories/acme/shop?by=ada");
    }

    [Fact]
    public async Task What_the_server_refuses_is_said_with_its_remedy()
    {
        await using var server = await FakeServer.StartAsync();
        using var run = new CliRun().At(server);

        (await run.RunAsync("apps", "remove", "acme/shop")).ShouldNotBe(ExitCodes.Ok);

        run.Error.ToString().ShouldContain("acme/shop was not added");
        run.Error.ToString().ShouldContain("canary apps repositories");
    }

    [Fact]
    public async Task Without_any_it_says_where_they_are_listed()
    {
        await using var server = await FakeServer.StartAsync();
        using var run = new CliRun().At(server);

        (await run.RunAsync("apps", "repositories")).ShouldBe(ExitCodes.Ok);

        (run.Output + run.Error).ShouldContain("ingress.repositories");
    }
}
