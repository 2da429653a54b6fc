using System.Text.Json.Nodes;
using Canary.Testing;

namespace Canary.Cli.Tests;

public sealed class RunTests
{
    [Fact]
    public async Task Head_of_the_branch_that_is_checked_out_is_released()
    {
        await using var server = await FakeServer.StartAsync();
        using var repository = await GitRepository.CreateAsync("trunk");
        var commit = await repository.WithConventionScripts().CommitAsync();
        using var run = new CliRun { WorkingDirectory = repository.Path }.At(server);

        (await run.RunAsync("run", "--no-wait", "--json")).ShouldBe(ExitCodes.Ok);

        var release = JsonNode.Parse(run.Output)!;
        release["repository"]!.GetValue<string>().ShouldBe(repository.Path);
        release["branch"]!.GetValue<string>().ShouldBe("trunk");
        release["commit"]!.GetValue<string>().ShouldBe(commit);
    }

    [Fact]
    public async Task Commit_may_be_abbreviated()
    {
        await using var server = await FakeServer.StartAsync();
        using var repository = await GitRepository.CreateAsync();
        var first = await repository.CommitAsync();
        await repository.CommitAsync();
        using var run = new CliRun().At(server);

        await run.RunAsync("run", "--repo", repository.Path, "--commit", first[..7], "--no-wait", "--json");

        JsonNode.Parse(run.Output)!["commit"]!.GetValue<string>().ShouldBe(first);
    }

    [Fact]
    public async Task What_is_wrong_with_the_commit_is_told_before_anything_is_started()
    {
        await using var server = await FakeServer.StartAsync();
        server.Check = JsonNode
            .Parse(
                """
                {
                  "source": "canary.yml",
                  "ignored": [],
                  "faults": [
                    { "code": "metadata-invalid", "message": "canary.yml: name is no name.", "remedy": "Correct it." },
                    { "code": "script-missing", "message": "script/cibuild is missing.", "remedy": "Add it." }
                  ]
                }
                """
            )!
            .AsObject();
        using var repository = await GitRepository.CreateAsync();
        await repository.WithScript("canary.yml", "name: A B").CommitAsync();
        repository.WithScript("canary.yml", "name: changed");
        using var run = new CliRun().At(server);

        (await run.RunAsync("run", "--repo", repository.Path, "--app", "shop")).ShouldBe(ExitCodes.ReleaseFailed);

        var said = run.Error.ToString();
        said.ShouldContain("canary.yml: name is no name.");
        said.ShouldContain("script/cibuild is missing.");
        said.ShouldContain("Add it.");
        server.Requests.ShouldNotContain("POST /api/releases");
        server.Checked!["application"]!.GetValue<string>().ShouldBe("shop");
        server.Checked["repository"]!.GetValue<string>().ShouldBe(repository.Path);
        server.Checked["files"]!.AsArray().Select(file => file!.GetValue<string>()).ShouldBe(["canary.yml"]);
        server.Checked["metadata"]!["canary.yml"]!.GetValue<string>().ShouldContain("name: A B");
    }

    [Fact]
    public async Task Uncommitted_changes_and_what_the_server_says_are_pointed_out()
    {
        await using var server = await FakeServer.StartAsync();
        using var repository = await GitRepository.CreateAsync();
        await repository.WithConventionScripts().CommitAsync();
        repository.WithConventionScripts(build: "exit 1");
        using var run = new CliRun().At(server);

        await run.RunAsync("run", "--repo", repository.Path, "--no-wait");

        run.Error.ToString().ShouldContain("uncommitted changes");
        run.Error.ToString().ShouldContain("The server has a word to say.");
    }

    [Fact]
    public async Task Run_names_who_asks_and_may_leave_the_deployment_out()
    {
        await using var server = await FakeServer.StartAsync();
        using var repository = await GitRepository.CreateAsync();
        await repository.CommitAsync();
        using var run = new CliRun().At(server);

        await run.RunAsync("run", "--repo", repository.Path, "--build-only", "--no-wait", "--json");

        var release = JsonNode.Parse(run.Output)!;
        release["pusher"]!.GetValue<string>().ShouldBe("ada");
        release["deploys"]!.GetValue<bool>().ShouldBeFalse();
    }

    [Fact]
    public async Task Address_of_a_repository_is_left_to_the_server()
    {
        await using var server = await FakeServer.StartAsync();
        using var run = new CliRun().At(server);

        await run.RunAsync("run", "--repo", "https://git.example.org/acme/shop.git", "--no-wait", "--json");

        JsonNode.Parse(run.Output)!["repository"]!.GetValue<string>().ShouldBe("https://git.example.org/acme/shop.git");
    }

    [Fact]
    public async Task Waiting_for_promotion_where_nobody_can_be_asked_ends_well_and_says_how_to_go_on()
    {
        await using var server = await FakeServer.StartAsync();
        using var repository = await GitRepository.CreateAsync();
        await repository.CommitAsync();
        using var run = new CliRun().At(server);

        var running = run.RunAsync("run", "--repo", repository.Path);
        await server.HasListenerAsync();
        server.Put((Samples.AwaitingPromotion() with { Id = Samples.Id(7) }).ToJson());

        (await running).ShouldBe(ExitCodes.Ok);
        run.Error.ToString().ShouldContain("canary releases promote 00000007");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Promote_option_travels_with_the_release(bool waits)
    {
        await using var server = await FakeServer.StartAsync();
        using var repository = await GitRepository.CreateAsync();
        await repository.CommitAsync();
        using var run = new CliRun().At(server);

        string[] arguments = ["run", "--repo", repository.Path, "--promote"];
        var running = run.RunAsync(waits ? arguments : [.. arguments, "--no-wait"]);
        if (waits)
        {
            await server.HasListenerAsync();
            server.Put((Samples.Release() with { Id = Samples.Id(7) }).ToJson());
        }

        (await running).ShouldBe(ExitCodes.Ok);
        server.Ordered!["promote"]!.GetValue<bool>().ShouldBeTrue();
        // Nothing is left to the client.
        server.Requests.ShouldNotContain(request => request.EndsWith("/promote", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Repeated_run_says_that_nothing_was_started()
    {
        await using var server = await FakeServer.StartAsync();
        server.NothingStarted = "release 7 of this commit is under way.";
        using var repository = await GitRepository.CreateAsync();
        await repository.CommitAsync();
        using var run = new CliRun().At(server);

        (await run.RunAsync("run", "--repo", repository.Path, "--no-wait")).ShouldBe(ExitCodes.Conflict);

        run.Error.ToString().ShouldContain("nothing was started: release 7 of this commit is under way.");
        run.Error.ToString().ShouldContain("canary releases watch 00000007");
    }

    [Theory]
    [InlineData("Completed", ExitCodes.Ok)]
    [InlineData("RolledBack", ExitCodes.ReleaseFailed)]
    public async Task Question_ends_when_somebody_else_has_decided(string state, int code)
    {
        await using var server = await FakeServer.StartAsync();
        using var repository = await GitRepository.CreateAsync();
        await repository.CommitAsync();
        using var run = new CliRun { IsTerminal = true, IsUnavailable = true }.At(server);
        var running = run.RunAsync("run", "--repo", repository.Path);
        await server.HasListenerAsync();
        server.Put((Samples.AwaitingPromotion() with { Id = Samples.Id(7) }).ToJson());
        await Eventually.TrueAsync(() => run.Drawn.Contains("Promote shop to production?", StringComparison.Ordinal));

        server.Put((Samples.Release(state: state) with { Id = Samples.Id(7) }).ToJson());

        (await running).ShouldBe(code);
        run.Error.ToString().ShouldContain("decided elsewhere");
    }

    [Fact]
    public async Task Published_version_is_deployed_and_followed()
    {
        await using var server = await FakeServer.StartAsync();
        using var run = new CliRun().At(server);

        var running = run.RunAsync("deploy", "shop", "1.0", "--fast", "--reason", "too slow");
        await server.HasListenerAsync();
        server.Put((Samples.Release() with { Id = Samples.Id(8) }).ToJson());

        (await running).ShouldBe(ExitCodes.Ok);
        server.Ordered!.ToJsonString().ShouldBe("""{"target":"1.0","reason":"too slow","fast":true,"by":"ada"}""");
        run.Output.ShouldContain("deploys 1.0 again, for ada: too slow");
    }

    [Fact]
    public async Task Deployment_of_what_there_is_not_is_refused_with_the_nearest()
    {
        await using var server = await FakeServer.StartAsync();
        using var run = new CliRun().At(server);

        (await run.RunAsync("deploy", "shop", "9.9")).ShouldBe(ExitCodes.Conflict);

        run.Error.ToString().ShouldContain("The nearest: 1.0.");
    }

    [Fact]
    public async Task Without_a_target_the_previous_version_is_deployed()
    {
        await using var server = await FakeServer.StartAsync();
        using var run = new CliRun().At(server);

        (await run.RunAsync("deploy", "shop", "--no-wait")).ShouldBe(ExitCodes.Ok);

        server.Ordered!["target"]!.GetValue<string>().ShouldBe("previous");
        run.Output.ShouldContain(Samples.Id(8).ToString());
    }

    [Theory]
    [InlineData("hold", "canary apps resume shop")]
    [InlineData("resume", "go on")]
    public async Task Deployments_of_an_application_can_be_held_and_resumed(string decision, string said)
    {
        await using var server = await FakeServer.StartAsync();
        using var run = new CliRun().At(server);

        (await run.RunAsync("apps", decision, "shop")).ShouldBe(ExitCodes.Ok);

        run.Output.ShouldContain(said);
        server.Requests.ShouldContain($"POST /api/applications/shop/{decision}");
    }

    [Theory]
    [InlineData("y", "Completed")]
    [InlineData("n", "RollingOut")]
    public async Task Person_at_the_terminal_is_asked(string answer, string state)
    {
        await using var server = await FakeServer.StartAsync();
        using var repository = await GitRepository.CreateAsync();
        await repository.CommitAsync();
        using var run = new CliRun { IsTerminal = true }
            .At(server)
            .Type(answer);

        var running = run.RunAsync("run", "--repo", repository.Path);
        await server.HasListenerAsync();
        server.Put((Samples.AwaitingPromotion() with { Id = Samples.Id(7) }).ToJson());

        (await running).ShouldBe(ExitCodes.Ok);
        run.Drawn.ShouldContain("Promote shop to production?");
        using var look = new CliRun().At(server);
        await look.RunAsync("releases", "show", "00000007", "--json");
        JsonNode.Parse(look.Output)!["state"]!.GetValue<string>().ShouldBe(state);
    }

    [Theory]
    [InlineData("/nowhere", "There is no directory")]
    [InlineData("EMPTY", "is no git repository")]
    public async Task Place_without_a_repository_is_wrong_usage(string path, string message)
    {
        using var empty = new TempDirectory();
        using var run = new CliRun();

        var code = await run.RunAsync("run", "--repo", path == "EMPTY" ? empty.Path : path);

        code.ShouldBe(ExitCodes.Usage);
        run.Error.ToString().ShouldContain(message);
    }

    [Fact]
    public async Task Repository_without_commits_is_wrong_usage()
    {
        using var repository = await GitRepository.CreateAsync();
        using var run = new CliRun();

        (await run.RunAsync("run", "--repo", repository.Path)).ShouldBe(ExitCodes.Usage);

        run.Error.ToString().ShouldContain("has no commit on branch main");
    }

    [Fact]
    public async Task Commit_that_is_not_there_is_wrong_usage()
    {
        using var repository = await GitRepository.CreateAsync();
        await repository.CommitAsync();
        using var run = new CliRun();

        (await run.RunAsync("run", "--repo", repository.Path, "--commit", "--help-me")).ShouldBe(ExitCodes.Usage);
        (await run.RunAsync("run", "--repo", repository.Path, "--commit", "ffffff")).ShouldBe(ExitCodes.Usage);

        run.Error.ToString().ShouldContain("has no commit ffffff");
    }
}
