using Spectre.Console;

namespace Canary.Cli.Terminal;

/// <summary>Everything that the program takes from its process, so that tests can give their own.</summary>
internal sealed record CliEnvironment
{
    public required TextWriter Out { get; init; }
    public required TextWriter Error { get; init; }

    /// <summary>Whether a person looks at standard output.</summary>
    public required bool OutIsTerminal { get; init; }

    /// <summary>How many characters a line of that person's terminal has; <c>null</c>: nobody looks.</summary>
    public int? Width { get; init; }

    /// <summary>Whether a person can be asked.</summary>
    public required bool InIsTerminal { get; init; }

    public required Func<string, string?> Variable { get; init; }
    public required string WorkingDirectory { get; init; }

    /// <summary>Who decides, for the record.</summary>
    public required string UserName { get; init; }

    public required TimeProvider Time { get; init; }

    /// <summary>Makes the console that standard output is drawn on; tests draw elsewhere.</summary>
    public Func<AnsiConsoleSettings, IAnsiConsole> CreateConsole { get; init; } = AnsiConsole.Create;

    public static CliEnvironment OfProcess() =>
        new()
        {
            Out = Console.Out,
            Error = Console.Error,
            OutIsTerminal =
                !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "dumb"),
            Width = !Console.IsOutputRedirected && Console.WindowWidth is > 0 and var width ? width : null,
            InIsTerminal = !Console.IsInputRedirected,
            Variable = Environment.GetEnvironmentVariable,
            WorkingDirectory = Environment.CurrentDirectory,
            UserName = Environment.UserName,
            Time = TimeProvider.System,
        };

    /// <summary>Where the all-in-one host of this user keeps its data unless told otherwise.</summary>
    public string DefaultDataDirectory()
    {
        if (Variable("CANARY_DATA") is { Length: > 0 } told)
        {
            return told;
        }
        if (Environment.IsPrivilegedProcess)
        {
            return "/var/lib/canary";
        }
        return Variable("XDG_DATA_HOME") is { Length: > 0 } xdg
            ? Path.Combine(xdg, "canary")
            : Path.Combine(Variable("HOME") ?? WorkingDirectory, ".local", "share", "canary");
    }
}
