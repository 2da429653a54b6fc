using Canary.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Canary.Cli.Tests;

public sealed class CompletionTests
{
    [Theory]
    [InlineData("canary rel", "releases")]
    [InlineData("canary releases pro", "promote")]
    [InlineData("canary releases list --li", "--limit")]
    [InlineData("canary completion z", "zsh")]
    [InlineData("canary releases list --state roll", "rolling-out")]
    public async Task Commands_options_and_values_are_completed(string line, string expected)
    {
        (await CompleteAsync(new CliRun(), line)).ShouldContain(expected);
    }

    [Fact]
    public async Task Releases_and_applications_are_those_of_the_server()
    {
        await using var server = await FakeServer.StartAsync();
        server.Put((Samples.Release() with { Id = Samples.Id(0x3f2a9c1b) }).ToJson());
        server.Applications.Add(System.Text.Json.Nodes.JsonNode.Parse("""{"name":"shop","hosts":4}"""));

        (await CompleteAsync(Patient(), "canary releases show ")).ShouldBe(["3f2a9c1b", "latest"], ignoreOrder: true);
        (await CompleteAsync(Patient(), "canary releases show 3f")).ShouldBe(["3f2a9c1b"]);
        (await CompleteAsync(Patient(), "canary releases list --app s")).ShouldBe(["shop"]);

        // On a busy machine even this server may answer later than somebody who types would wait.
        CliRun Patient() => new CliRun { Time = new FakeTimeProvider() }.At(server);
    }

    [Fact]
    public async Task Absent_server_is_no_error_while_typing()
    {
        (await CompleteAsync(new CliRun(), "canary releases show 3f")).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    public async Task Script_is_printed_for_every_shell(string shell)
    {
        using var run = new CliRun();

        (await run.RunAsync("completion", shell)).ShouldBe(ExitCodes.Ok);

        run.Output.ShouldContain(" complete ");
        if ((await ProcessRunner.RunAsync("sh", ["-c", "command -v \"$1\"", "sh", shell])).ExitCode == 0)
        {
            (await ProcessRunner.RunAsync(shell, ["-n"], input: run.Output)).EnsureSuccess();
        }
    }

    [Fact]
    public async Task Bash_completes_with_the_real_script()
    {
        using var run = new CliRun();
        await run.RunAsync("completion", "bash");
        var program = Path.Combine(AppContext.BaseDirectory, "canary");
        const string type = """
            COMP_LINE="$1 releases li" COMP_POINT=${#COMP_LINE} COMP_WORDS=("$1" releases li) COMP_CWORD=2
            COMP_POINT=${#COMP_LINE}
            _canary
            printf '%s\n' "${COMPREPLY[@]}"
            """;

        var output = await ProcessRunner.OutputOfAsync("bash", ["-c", run.Output + type, "bash", program]);

        output.ShouldBe("list\n");
    }

    private static async Task<IReadOnlyList<string>> CompleteAsync(CliRun run, string line)
    {
        using (run)
        {
            (await run.RunAsync("complete", $"{line.Length}", line)).ShouldBe(ExitCodes.Ok);
            return
            [
                .. run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(text => text.Split('\t')[0]),
            ];
        }
    }
}
