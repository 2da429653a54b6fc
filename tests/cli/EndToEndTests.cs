using System.Text.Json.Nodes;
using Canary.Testing;

namespace Canary.Cli.Tests;

/// <summary>The commands against the real all-in-one host, real apt and dpkg. One after the other: each is a whole machine's
/// work.</summary>
[Collection(nameof(EndToEndTests))]
public sealed class EndToEndTests
{
    [Fact]
    public async Task Demo_keeps_every_claim_and_leaves_nothing_behind()
    {
        using var run = new CliRun();
        var place = run.PathOf("demo");

        var code = await run.RunAsync("demo", "--fast", "--json", "--data", place);

        code.ShouldBe(ExitCodes.Ok, run.Output + run.Error);
        var demo = JsonNode.Parse(run.Output)!;
        demo["claims"]!.AsArray().ShouldAllBe(claim => claim!["holds"]!.GetValue<bool>());
        demo["releases"]!.AsArray().Select(release => (string)release!["state"]!).ShouldBe(["Completed", "RolledBack"]);
        Directory.Exists(place).ShouldBeFalse();
        ProcessesOf(place).ShouldBeEmpty();
    }

    [Fact]
    public async Task Interrupted_demo_leaves_nothing_behind()
    {
        using var run = new CliRun();
        using var interruption = new CancellationTokenSource();
        var place = run.PathOf("demo");

        var running = run.RunAsync(interruption.Token, "demo", "--data", place);
        await Eventually.TrueAsync(() =>
            ProcessesOf(place).Any(command => command.Contains("opt/shop")) || running.IsCompleted
        );
        await interruption.CancelAsync();

        (await running).ShouldBe(ExitCodes.Interrupted, run.Output + run.Error);
        Directory.Exists(place).ShouldBeFalse();
        ProcessesOf(place).ShouldBeEmpty();
    }

    [Fact]
    public async Task Kept_demo_stays_up_until_it_is_stopped()
    {
        using var run = new CliRun();
        var place = run.PathOf("demo");
        try
        {
            (await run.RunAsync("demo", "--fast", "--keep", "--data", place)).ShouldBe(
                ExitCodes.Ok,
                run.Output + run.Error
            );

            var said = run.Error.ToString();
            said.ShouldContain("  Its page: http://127.0.0.1:");
            said.ShouldContain($"  Look around: canary --data {place}/data releases list\n");
            said.ShouldContain($"  Stop and remove it: canary demo --stop {place}\n");

            using var look = new CliRun();
            (await look.RunAsync("releases", "list", "--json", "--data", Path.Combine(place, "data"))).ShouldBe(
                ExitCodes.Ok
            );
            JsonNode.Parse(look.Output)!["releases"]!.AsArray().Count.ShouldBe(2);

            using var status = new CliRun();
            await status.RunAsync("server", "status", "--json", "--data", Path.Combine(place, "data"));
            // The canary alone was given five seconds to become healthy.
            TimeSpan
                .Parse((string)JsonNode.Parse(status.Output)!["status"]!["uptime"]!)
                .ShouldBeGreaterThan(TimeSpan.FromSeconds(4));
        }
        finally
        {
            using var stop = new CliRun();
            (await stop.RunAsync("demo", "--stop", place)).ShouldBe(ExitCodes.Ok);
        }
        Directory.Exists(place).ShouldBeFalse();
        ProcessesOf(place).ShouldBeEmpty();
    }

    [Fact]
    public async Task Run_starts_a_server_and_takes_a_repository_to_production()
    {
        using var run = new CliRun();
        using var repository = await GitRepository.CreateAsync(name: "hello");
        await repository
            .WithConventionScripts(build: "echo built by cibuild")
            .WithFile("canary.yml", "version: 1.2.3\nrollout:\n  soak: 0s\n")
            .WithFile("hello.txt", "hello")
            .CommitAsync("Say hello");
        try
        {
            var code = await run.RunAsync("run", "--repo", repository.Path, "--promote");

            code.ShouldBe(ExitCodes.Ok, run.Output + run.Error);
            run.Output.ShouldContain("completed (1.2.3-");
            await ShowsAsync(run.Data, "releases show latest --json", "\"state\": \"Completed\"");
            await ShowsAsync(run.Data, "releases logs latest", "built by cibuild");
            await ShowsAsync(run.Data, "apps", "1.2.3-");
            await ShowsAsync(run.Data, "hosts", "hello 1.2.3-");
            await ShowsAsync(run.Data, "doctor", "The server");
        }
        finally
        {
            using var stop = new CliRun();
            (await stop.RunAsync("server", "stop", "--data", run.Data)).ShouldBe(ExitCodes.Ok);
        }
        ProcessesOf(run.Data).ShouldBeEmpty();
    }

    [Fact]
    public async Task Build_that_fails_shows_the_end_of_its_log_and_the_remedy()
    {
        using var run = new CliRun();
        using var repository = await GitRepository.CreateAsync(name: "hello");
        await repository.WithConventionScripts(build: "echo the wheel came off; exit 3").CommitAsync();
        try
        {
            (await run.RunAsync("run", "--repo", repository.Path)).ShouldBe(ExitCodes.ReleaseFailed);

            run.Output.Split("the wheel came off").Length.ShouldBe(2, "It is shown once.");
            run.Output.ShouldContain("remedy:");
            run.Error.ToString().ShouldContain("--stage build");
        }
        finally
        {
            using var stop = new CliRun();
            (await stop.RunAsync("server", "stop", "--data", run.Data)).ShouldBe(ExitCodes.Ok);
        }
    }

    [Fact]
    public async Task Server_that_cannot_start_says_why()
    {
        using var run = new CliRun();
        var configuration = run.PathOf("canary.yml");
        await File.WriteAllTextAsync(configuration, "deployer:\n  host-concurrency: 0\n");

        (await run.RunAsync("server", "start", "--listen", "http://127.0.0.1:0", "--config", configuration)).ShouldBe(
            ExitCodes.Unreachable
        );

        run.Error.ToString().ShouldContain("host-concurrency");
    }

    [Fact]
    public async Task Server_keeps_its_data_and_listens_where_its_file_says_unless_told_otherwise()
    {
        using var run = new CliRun().With("CANARY_DATA", "");
        var data = run.PathOf("of-the-file");
        var configuration = run.PathOf("canary.yml");
        await File.WriteAllTextAsync(configuration, $"hosting:\n  data: {data}\n  listen: http://127.0.0.2:0\n");
        try
        {
            (await run.RunAsync("server", "start", "--config", configuration)).ShouldBe(
                ExitCodes.Ok,
                run.Error.ToString()
            );

            run.Output.ShouldContain("http://127.0.0.2:");
            run.Error.ToString().ShouldContain($"--data {data}");
            File.Exists(Path.Combine(data, "server.json")).ShouldBeTrue();
        }
        finally
        {
            using var stop = new CliRun();
            (await stop.RunAsync("server", "stop", "--data", data)).ShouldBe(ExitCodes.Ok);
        }
    }

    private static async Task ShowsAsync(string data, string command, string text)
    {
        using var look = new CliRun();
        await look.RunAsync([.. command.Split(' '), "--data", data]);
        look.Output.ShouldContain(text, customMessage: look.Error.ToString());
    }

    private static IEnumerable<string> ProcessesOf(string directory) =>
        Directory
            .EnumerateDirectories("/proc")
            .Where(process => int.TryParse(Path.GetFileName(process), out _))
            .Select(process =>
            {
                try
                {
                    // A process of a simulated host does not name the directory; its file systems lie there.
                    var command = File.ReadAllText(Path.Combine(process, "cmdline")).Replace('\0', ' ');
                    var mounts = File.ReadAllText(Path.Combine(process, "mountinfo"));
                    return mounts.Contains(directory) ? $"{command} in {directory}" : command;
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    return "";
                }
            })
            .Where(command => command.Contains(directory, StringComparison.Ordinal));
}
