using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Canary.Cli.Alarms;
using Canary.Cli.Audit;
using Canary.Cli.Completion;
using Canary.Cli.Demo;
using Canary.Cli.Doctor;
using Canary.Cli.Freezes;
using Canary.Cli.Init;
using Canary.Cli.Messages;
using Canary.Cli.Metadata;
using Canary.Cli.Notifications;
using Canary.Cli.Pulls;
using Canary.Cli.Releases;
using Canary.Cli.Repo;
using Canary.Cli.Run;
using Canary.Cli.Server;
using Canary.Cli.Terminal;

namespace Canary.Cli;

/// <summary>The program <c>canary</c>: its command tree, and how a run of it ends.</summary>
internal static class CanaryCli
{
    public static async Task<int> RunAsync(
        IReadOnlyList<string> arguments,
        CliEnvironment environment,
        CancellationToken interrupted
    )
    {
        var cli = new CliContext(environment, new GlobalOptions());
        var parse = CreateRoot(cli).Parse(arguments);
        var screen = Session.ScreenFor(parse, cli);
        try
        {
            var invocation = new InvocationConfiguration
            {
                Output = environment.Out,
                Error = environment.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            };
            if (parse.Action is not HelpAction and not Help && UnknownWords.In(parse, arguments) is { } unknown)
            {
                throw unknown;
            }
            if (parse.Action is ParseErrorAction)
            {
                if (IsOnlyUnfinished(parse))
                {
                    await CreateRoot(cli).Parse([.. arguments, "--help"]).InvokeAsync(invocation, interrupted);
                    return ExitCodes.Usage;
                }
                var path = Help.PathOf(parse.CommandResult.Command);
                throw CliException.Usage(CliCodes.Usage, parse.Errors[0].Message, $"See '{path} --help'.");
            }
            return await parse.InvokeAsync(invocation, interrupted);
        }
        catch (CliException e)
        {
            screen.Report(e);
            return e.ExitCode;
        }
        catch (OperationCanceledException) when (interrupted.IsCancellationRequested)
        {
            screen.Report(new(ExitCodes.Interrupted, CliCodes.Interrupted, "Interrupted.", "Nothing was undone."));
            return ExitCodes.Interrupted;
        }
    }

    /// <summary>Whether nothing is wrong but that a group of commands was named and none of them.</summary>
    private static bool IsOnlyUnfinished(ParseResult parse) =>
        parse.CommandResult.Command.Subcommands.Count > 0
        && parse.UnmatchedTokens.Count == 0
        && parse.Errors.Count == 1;

    public static RootCommand CreateRoot(CliContext cli)
    {
        var root = new RootCommand(
            "Canary delivers what you push: built, packaged as .deb, published in a signed APT repository, tried on canary "
                + "hosts, then rolled out in waves."
        )
        {
            RunCommand.Create(cli),
            DeployCommand.Create(cli),
            InitCommand.Create(cli),
            CheckCommand.Create(cli),
            ReleasesCommand.Create(cli),
            FleetCommands.CreateApps(cli),
            FleetCommands.CreateHosts(cli),
            RepoCommand.Create(cli),
            VerifyCommand.Create(cli),
            PullsCommand.Create(cli),
            FreezeCommand.Create(cli),
            AlarmsCommand.Create(cli),
            AuditCommand.Create(cli),
            MessagesCommand.Create(cli),
            NotificationsCommand.Create(cli),
            DoctorCommand.Create(cli),
            ServerCommand.Create(cli),
            DemoCommand.Create(cli),
            CompletionCommand.Create(cli),
            CompletionCommand.CreateComplete(cli),
            ManualCommand.Create(cli),
        };
        foreach (var option in cli.Options.All)
        {
            root.Add(option);
        }
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new Help((HelpAction)help.Action!, cli.Environment.Width);
        help.Aliases.Clear();
        help.Aliases.Add("-h");
        return root;
    }
}
