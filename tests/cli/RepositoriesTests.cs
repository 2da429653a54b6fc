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
    public async Task Without_any_it_says_where_they_are_listed()
    {
        await using var server = await FakeServer.StartAsync();
        using var run = new CliRun().At(server);

        (await run.RunAsync("apps", "repositories")).ShouldBe(ExitCodes.Ok);

        (run.Output + run.Error).ShouldContain("ingress.repositories");
    }
}
