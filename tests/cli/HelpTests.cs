using System.CommandLine;
using System.Text;
using Canary.Cli.Terminal;
using Canary.Testing;

namespace Canary.Cli.Tests;

public sealed class HelpTests
{
    public static TheoryData<string> Commands => [.. All().Select(command => Help.PathOf(command))];

    [Fact]
    public async Task Manual_holds_the_help_of_every_command()
    {
        var manual = new StringBuilder(
            """
            # The command line

            Everything below is what `--help` prints; a test keeps it so. Where the server and its token are found, what a
            terminal sees, and the exit codes are the same for every command:

            - **Server**: `--server`, else `CANARY_SERVER`, else the server of this machine, by `server.json` in its data
              directory (`--data`, else `CANARY_DATA`, else `/var/lib/canary` for root and `$XDG_DATA_HOME/canary` or
              `~/.local/share/canary` for others).
            - **Token**: `--token`, else `CANARY_TOKEN`, else `secrets/api-token` of that data directory, which is shown to no
              other server than the one of this machine. Reading needs none unless the server says so; `messages` always does.
            - **Output**: bars, boxes and colours at a terminal; plain lines elsewhere; with `--json` one document, or one per line
              from commands that follow something. Notes and errors go to standard error.
            - **Ids** of releases: the whole id, its beginning (4 characters or more), `APP@COMMIT` with the beginning of a commit,
              or `latest`.
            - **Ctrl-C** ends the command and leaves the release running.

            Errors with `--json`: `{"error": {"code", "message", "remedy", "exitCode"}}`.


            """
        );
        foreach (var command in All())
        {
            using var run = new CliRun();
            var path = Help.PathOf(command);
            (await run.RunAsync([.. path.Split(' ').Skip(1), "--help"])).ShouldBe(ExitCodes.Ok);
            manual.Append($"## {path}\n\n```\n{Plain(run.Output)}\n```\n\n");
        }

        Manual.Match(manual.ToString());
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Help_of_every_command_describes_it_and_gives_examples(string path)
    {
        using var run = new CliRun();

        (await run.RunAsync([.. path.Split(' ').Skip(1), "--help"])).ShouldBe(ExitCodes.Ok);

        run.Output.ShouldContain("Description:");
        run.Output.ShouldContain("--json");
        if (All().Single(command => Help.PathOf(command) == path).Subcommands.Count == 0)
        {
            run.Output.ShouldContain($"Examples:{Environment.NewLine}  ");
        }
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Help_fits_a_terminal_of_80_columns(string path)
    {
        using var run = new CliRun { IsTerminal = true, Width = 80 };

        (await run.RunAsync([.. path.Split(' ').Skip(1), "--help"])).ShouldBe(ExitCodes.Ok);

        Plain(run.Output).Split('\n').ShouldAllBe(line => line.Length <= 80);
    }

    [Fact]
    public async Task Group_without_a_command_shows_its_help_and_counts_as_wrong_usage()
    {
        using var run = new CliRun();

        (await run.RunAsync("releases")).ShouldBe(ExitCodes.Usage);

        run.Output.ShouldContain("promote");
    }

    [Fact]
    public async Task Version_is_printed()
    {
        using var run = new CliRun();

        (await run.RunAsync("--version")).ShouldBe(ExitCodes.Ok);

        run.Output.ShouldMatch(@"^\d+\.\d+\.\d+");
    }

    private static IEnumerable<Command> All()
    {
        var environment = CliEnvironment.OfProcess();
        return Tree(CanaryCli.CreateRoot(new CliContext(environment, new GlobalOptions())));
    }

    private static IEnumerable<Command> Tree(Command command) =>
        command.Subcommands.Where(child => !child.Hidden).SelectMany(Tree).Prepend(command);

    // The library breaks lines with a space at their end, and knows a test's program by another name.
    private static string Plain(string help)
    {
        var name = RootCommand.ExecutableName;
        var lines = help.Replace(name, "canary", StringComparison.Ordinal).TrimEnd().Split('\n');
        return string.Join('\n', lines.Select(line => line.TrimEnd()));
    }
}
