using System.CommandLine;
using System.CommandLine.Help;
using System.Text;

namespace Canary.Cli.Completion;

/// <summary><c>canary manual</c>: the help of all commands as one page for man(1). Packages bring it.</summary>
internal static class ManualCommand
{
    public static CliCommand Create(CliContext cli) =>
        new CliCommand("manual", "Print the page for man(1).") { Hidden = true }.Runs(
            cli,
            async (session, _) =>
            {
                await session.Environment.Out.WriteAsync(Render(CanaryCli.CreateRoot(cli)));
                return ExitCodes.Ok;
            }
        );

    public static string Render(RootCommand root)
    {
        var page = new StringBuilder(".TH CANARY 1 \"\" Canary \"User Commands\"\n.SH NAME\n");
        page.Append(
            "canary \\- continuous delivery for Debian packages\n.SH SYNOPSIS\n.B canary\n.I COMMAND\n[\\fIOPTION\\fR]...\n"
        );
        page.Append(".SH DESCRIPTION\n")
            .Append(Escape(root.Description))
            .Append("\n.SH OPTIONS\nEvery command takes these.\n");
        Options(page, root);
        page.Append(".SH COMMANDS\n");
        foreach (var command in root.Subcommands)
        {
            Append(page, command);
        }

        page.Append(".SH \"EXIT STATUS\"\n");
        foreach (var (code, meaning) in ExitCodes.All)
        {
            Entry(page, $"{code}", meaning);
        }

        Examples(page.Append(".SH EXAMPLES\n"), Help.RootExamples);
        return page.ToString();
    }

    private static void Append(StringBuilder page, Command command)
    {
        if (command.Hidden)
        {
            return;
        }

        if (command.Subcommands.Count == 0)
        {
            var arguments = command.Arguments.Where(argument => !argument.Hidden).Select(argument => argument.Name);
            page.Append(".SS \"").Append(Escape(string.Join(' ', [Help.PathOf(command), .. arguments]))).Append("\"\n");
            page.Append(Escape(command.Description)).Append('\n');
            foreach (var argument in command.Arguments.Where(argument => !argument.Hidden))
            {
                Entry(page, argument.Name, argument.Description);
            }

            Options(page, command);
            Examples(page, (command as CliCommand)?.Examples ?? []);
        }

        foreach (var below in command.Subcommands)
        {
            Append(page, below);
        }
    }

    private static void Options(StringBuilder page, Command command)
    {
        foreach (
            var option in command.Options.Where(option =>
                !option.Hidden && (option is not HelpOption || command is RootCommand)
            )
        )
        {
            var value = option.HelpName is { } name ? $" {name}" : "";
            Entry(page, string.Join(", ", option.Aliases.Prepend(option.Name).Distinct()) + value, option.Description);
        }
    }

    private static void Entry(StringBuilder page, string term, string? meaning) =>
        page.Append(".TP\n.B \"").Append(Escape(term)).Append("\"\n").Append(Escape(meaning)).Append('\n');

    private static void Examples(StringBuilder page, IReadOnlyList<string> examples)
    {
        if (examples.Count > 0)
        {
            page.Append(".PP\n.nf\n").AppendJoin('\n', examples.Select(Escape)).Append("\n.fi\n");
        }
    }

    /// <summary>As groff_char(7) and groff(7) have it: a line that begins with a point or an apostrophe would be a request.</summary>
    private static string Escape(string? text)
    {
        var plain = (text ?? "")
            .Replace("\\", "\\e", StringComparison.Ordinal)
            .Replace("-", "\\-", StringComparison.Ordinal)
            .Replace("\"", "\\(dq", StringComparison.Ordinal)
            .Replace("'", "\\(aq", StringComparison.Ordinal)
            .ReplaceLineEndings(" ");
        return plain.StartsWith('.') ? "\\&" + plain : plain;
    }
}
