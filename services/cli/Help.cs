using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Canary.Cli;

/// <summary>The library's help, followed by examples, and by the exit codes for the program as a whole.</summary>
internal sealed class Help(HelpAction inner) : SynchronousCommandLineAction
{
    public static IReadOnlyList<string> RootExamples { get; } =
    [
        "canary demo                       # the whole pipeline in 20 seconds, nothing installed",
        "canary run --repo .               # release this repository's HEAD",
        "canary releases watch latest      # follow it live",
        "canary releases promote latest    # let it go on to production",
    ];

    public override int Invoke(ParseResult parseResult)
    {
        inner.MaxWidth = 100;
        inner.Invoke(parseResult);

        var output = parseResult.InvocationConfiguration.Output;
        var command = parseResult.CommandResult.Command;
        var examples = command is RootCommand ? RootExamples : (command as CliCommand)?.Examples ?? [];
        if (examples.Count > 0)
        {
            output.WriteLine("Examples:");
            foreach (var example in examples)
            {
                output.WriteLine("  " + example);
            }
            output.WriteLine();
        }
        if (command is RootCommand)
        {
            output.WriteLine("Exit codes:");
            foreach (var (code, meaning) in ExitCodes.All)
            {
                output.WriteLine($"  {code, 3}  {meaning}");
            }
            output.WriteLine();
        }
        return ExitCodes.Ok;
    }

    /// <summary>The words that call a command, for example <c>canary releases list</c>.</summary>
    public static string PathOf(Command command)
    {
        var words = new Stack<string>();
        for (Symbol? symbol = command; symbol is not null; symbol = symbol.Parents.FirstOrDefault())
        {
            words.Push(symbol is RootCommand ? "canary" : symbol.Name);
        }
        return string.Join(' ', words);
    }
}
