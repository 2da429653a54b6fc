using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Text;

namespace Canary.Cli;

/// <summary>The library's help, followed by examples, and by the exit codes for the program as a whole.</summary>
internal sealed class Help(HelpAction inner, int? terminalWidth) : SynchronousCommandLineAction
{
    /// <summary>Longer lines are hard to read, however wide a terminal is.</summary>
    private const int MostWidth = 100;

    /// <summary>With less, the library has no room beside the names of options.</summary>
    private const int LeastWidth = 60;

    private readonly int _width = Math.Clamp(terminalWidth ?? MostWidth, LeastWidth, MostWidth);

    public static IReadOnlyList<string> RootExamples { get; } =
    [
        "canary demo                       # the whole pipeline in 20 seconds",
        "canary run --repo .               # release this repository's HEAD",
        "canary releases watch latest      # follow it live",
        "canary releases promote latest    # let it go on to production",
    ];

    public override int Invoke(ParseResult parseResult)
    {
        inner.MaxWidth = _width;
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
                output.WriteLine($"  {code, 3}  {Fold(meaning, indent: 7)}");
            }
            output.WriteLine();
        }
        return ExitCodes.Ok;
    }

    /// <summary>The text in lines that fit, each after the first below the beginning of the first.</summary>
    private string Fold(string text, int indent)
    {
        var folded = new StringBuilder();
        var left = _width - indent;
        foreach (var word in text.Split(' '))
        {
            if (folded.Length > 0 && word.Length + 1 > left)
            {
                folded.AppendLine().Append(' ', indent);
                left = _width - indent;
            }
            else if (folded.Length > 0)
            {
                folded.Append(' ');
                left--;
            }
            folded.Append(word);
            left -= word.Length;
        }
        return folded.ToString();
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
