using System.CommandLine;

namespace Canary.Cli;

/// <summary>Words of a command line that nothing understands, each with the nearest one that something does.</summary>
internal static class UnknownWords
{
    /// <summary>The first such word; <c>null</c> if there is none.</summary>
    public static CliException? In(ParseResult parse, IReadOnlyList<string> arguments)
    {
        var command = parse.CommandResult.Command;
        var unknown =
            OptionTakenForAnArgument(parse, arguments) ?? (parse.UnmatchedTokens is [var first, ..] ? first : null);
        if (unknown is null)
        {
            return null;
        }

        var path = Help.PathOf(command);
        var isOption = unknown.StartsWith('-');
        var candidates = isOption ? OptionsOf(command) : CommandsOf(command);
        if (!isOption && candidates.Count == 0)
        {
            return CliException.Usage(CliCodes.Usage, $"{path} does not take '{unknown}'.", $"See '{path} --help'.");
        }

        var name = unknown.Split('=', ':')[0];
        var nearest = Nearest.To(name, candidates);
        return CliException.Usage(
            CliCodes.Usage,
            $"'{name}' is not {(isOption ? "an option" : "a command")} of {path}.",
            nearest is null ? $"See '{path} --help'." : $"Did you mean '{nearest}'? See '{path} --help'."
        );
    }

    /// <summary>The library takes <c>--bogus</c> for an id where one is expected.</summary>
    private static string? OptionTakenForAnArgument(ParseResult parse, IReadOnlyList<string> arguments) =>
        arguments.Contains("--")
            ? null
            : parse
                .CommandResult.Command.Arguments.SelectMany(argument => parse.GetResult(argument)?.Tokens ?? [])
                .Select(token => token.Value)
                .FirstOrDefault(value => value.Length > 1 && value.StartsWith('-'));

    private static List<string> CommandsOf(Command command) =>
        [.. command.Subcommands.Where(child => !child.Hidden).Select(child => child.Name)];

    private static List<string> OptionsOf(Command command)
    {
        var options = command.Options.ToList();
        for (var parent = ParentOf(command); parent is not null; parent = ParentOf(parent))
        {
            options.AddRange(parent.Options.Where(option => option.Recursive));
        }

        return [.. options.Where(option => !option.Hidden).SelectMany(option => option.Aliases.Prepend(option.Name))];
    }

    private static Command? ParentOf(Command command) => command.Parents.OfType<Command>().FirstOrDefault();
}
