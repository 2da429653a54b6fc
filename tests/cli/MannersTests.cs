using System.Text.Json.Nodes;
using Canary.Testing;

namespace Canary.Cli.Tests;

/// <summary>How the program treats people who mistype, ask for help, or want to know before they wait.</summary>
public sealed class MannersTests
{
    [Theory]
    [InlineData("relases list", "'relases' is not a command of canary.", "Did you mean 'releases'?")]
    [InlineData("releases lsit", "'lsit' is not a command of canary releases.", "Did you mean 'list'?")]
    [InlineData(
        "releases list --limt 3",
        "'--limt' is not an option of canary releases list.",
        "Did you mean '--limit'?"
    )]
    [InlineData("releases list --jsno", "'--jsno' is not an option of canary releases list.", "Did you mean '--json'?")]
    [InlineData("releases show --jsn", "'--jsn' is not an option of canary releases show.", "Did you mean '--json'?")]
    [InlineData("releases promote --wiat latest", "'--wiat' is not an option", "Did you mean '--wait'?")]
    [InlineData("run --bogus", "'--bogus' is not an option of canary run.", "canary run --help")]
    [InlineData("nothing", "'nothing' is not a command of canary.", "canary --help")]
    [InlineData("apps shop", "'shop' is not a command of canary apps.", "canary apps --help")]
    public async Task Words_that_are_not_known_are_echoed_with_the_nearest_one(
        string command,
        string said,
        string remedy
    )
    {
        using var run = new CliRun();

        (await run.RunAsync(command.Split(' '))).ShouldBe(ExitCodes.Usage);

        run.Error.ToString().ShouldContain(said);
        run.Error.ToString().ShouldContain(remedy);
    }

    [Theory]
    [InlineData("releases show --help")]
    [InlineData("releases list --help")]
    [InlineData("releases promote -h")]
    [InlineData("messages show --help")]
    [InlineData("messages list --help")]
    public async Task Help_asks_no_server(string command)
    {
        await using var server = await FakeServer.StartAsync();
        server.Put(Samples.AwaitingPromotion().ToJson());
        using var run = new CliRun().At(server);
        using var alone = new CliRun();

        (await run.RunAsync(command.Split(' '))).ShouldBe(ExitCodes.Ok);
        (await alone.RunAsync(command.Split(' '))).ShouldBe(ExitCodes.Ok);

        server.Requests.ShouldBeEmpty();
        run.Output.ShouldBe(alone.Output);
    }

    [Fact]
    public async Task Check_tells_all_faults_and_is_1()
    {
        await using var server = await FakeServer.StartAsync();
        server.Check = JsonNode
            .Parse(
                """
                {
                  "source": null,
                  "ignored": [],
                  "faults": [
                    { "code": "metadata-unknown-key", "message": "canary.yml, line 1: `nmae` is not known.", "remedy": "Did you mean `name`?" },
                    { "code": "script-missing", "message": "The repository has no script/cibuild.", "remedy": "Add it." }
                  ]
                }
                """
            )!
            .AsObject();
        using var repository = await GitRepository.CreateAsync();
        repository.WithFile("canary.yml", "nmae: shop\n").WithFile("script/cisetup", "#!/bin/sh\n");
        using var run = new CliRun().At(server);

        (await run.RunAsync("check", repository.Path)).ShouldBe(ExitCodes.ReleaseFailed);

        run.Output.ShouldContain("canary.yml, line 1");
        run.Output.ShouldContain("Did you mean `name`?");
        run.Output.ShouldContain("script/cibuild");
        run.Output.ShouldContain("2 things are wrong.");
        var asked = server.Checked.ShouldNotBeNull();
        asked["metadata"]!["canary.yml"]!.GetValue<string>().ShouldBe("nmae: shop\n");
        asked["files"]!.AsArray().Select(file => file!.GetValue<string>()).ShouldContain("script/cisetup");
    }

    [Fact]
    public async Task Check_of_a_good_repository_is_0()
    {
        await using var server = await FakeServer.StartAsync();
        using var directory = new TempDirectory();
        directory.WriteFile("canary.yml", "name: shop\n");
        using var run = new CliRun().At(server);

        (await run.RunAsync("check", directory.Path)).ShouldBe(ExitCodes.Ok);

        run.Output.ShouldContain("Nothing is wrong with canary.yml.");
    }

    [Theory]
    [InlineData("--limit 2", 2, "--page 2")]
    [InlineData("--limit 2 --page 3", 1, null)]
    [InlineData("--all", 5, null)]
    public async Task Releases_are_listed_by_pages(string options, int rows, string? hint)
    {
        await using var server = await FakeServer.StartAsync();
        for (var i = 0; i < 5; i++)
        {
            server.Put(
                (
                    Samples.AwaitingPromotion() with
                    {
                        Id = Guid.Parse($"{i + 1:00000000}-0000-0000-0000-000000000000"),
                        ReceivedAt = new DateTimeOffset(2026, 1, 1, 0, i, 0, TimeSpan.Zero),
                    }
                ).ToJson()
            );
        }

        using var run = new CliRun().At(server);

        (await run.RunAsync(["releases", "list", .. options.Split(' ')])).ShouldBe(ExitCodes.Ok);

        run.Output.Split('\n')
            .Count(line => line.Contains("shop", StringComparison.Ordinal))
            .ShouldBe(rows, run.Output);
        if (hint is not null)
        {
            run.Error.ToString().ShouldContain(hint);
        }
        else
        {
            run.Error.ToString().ShouldNotContain("--page");
        }
    }
}
