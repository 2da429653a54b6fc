using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Canary.Cli.Api;
using Canary.Cli.Completion;

namespace Canary.Cli.Freezes;

/// <summary><c>canary freeze …</c>: times in which nothing is rolled out.</summary>
internal static class FreezeCommand
{
    public static CliCommand Create(CliContext cli) =>
        new(
            "freeze",
            "Set, list and remove freezes: times in which no rollout begins and none goes on to its next wave."
        )
        {
            CreateAdd(cli),
            CreateList(cli),
            CreateRemove(cli),
        };

    private static CliCommand CreateAdd(CliContext cli)
    {
        var reason = new Option<string>("--reason", "-m")
        {
            Description = "Why: whoever has to wait reads it.",
            HelpName = "TEXT",
            Required = true,
        };
        var application = new Option<string?>("--app", "-a")
        {
            Description = "Only this application; default: all.",
            HelpName = "APP",
        };
        application.CompletionSources.Add(context => LiveCompletions.Applications(cli, context));
        var from = Time("--from", "When it begins, for example 2026-12-20T00:00+01:00; default: now.");
        var until = Time("--until", "When it ends; default: when somebody removes it.");
        return new CliCommand("add", "Set a freeze. Rollbacks are never held.")
        {
            Options = { application, from, until, reason },
            Examples =
            [
                "canary freeze add --until 2026-12-27T08:00+01:00 --reason 'nobody is here'",
                "canary freeze add --app shop --reason 'the sale is on'",
            ],
        }.Runs(
            cli,
            async (session, cancellation) =>
            {
                var freeze = await session.Client.AddFreezeAsync(
                    new FreezeOrder
                    {
                        Application = session.Value(application),
                        From = session.Value(from),
                        Until = session.Value(until),
                        Reason = session.Value(reason),
                        By = session.Environment.UserName,
                    },
                    cancellation
                );
                if (session.Screen.Json)
                {
                    session.Screen.Document(freeze, json => json.Freeze);
                }
                else
                {
                    session.Screen.Line($"{freeze.Application ?? "Everything"} is frozen {When(freeze)}.");
                    session.Screen.Note($"Remove it: canary freeze remove {freeze.Id.Short()}");
                }
                return ExitCodes.Ok;
            }
        );
    }

    private static CliCommand CreateList(CliContext cli) =>
        new CliCommand("list", "List the freezes that people have set and that have not passed.")
        {
            Examples = ["canary freeze list", "canary freeze list --json | jq '.freezes[].reason'"],
        }.Runs(
            cli,
            async (session, cancellation) =>
            {
                var list = await session.Client.ListFreezesAsync(cancellation);
                if (session.Screen.Json)
                {
                    session.Screen.Document(list, json => json.FreezeList);
                    return ExitCodes.Ok;
                }

                session.Screen.Listing(
                    ["id", "application", "from", "until", "by", "reason"],
                    list.Freezes.Select(freeze =>
                        new[]
                        {
                            freeze.Id.Short(),
                            freeze.Application ?? "all",
                            Words(freeze.From),
                            freeze.Until is { } until ? Words(until) : "removed",
                            Terminal.Words.Printable(freeze.By),
                            Terminal.Words.Printable(freeze.Reason),
                        }
                    ),
                    empty: "Nobody has set a freeze. Those of the configuration are not listed here."
                );
                return ExitCodes.Ok;
            }
        );

    private static CliCommand CreateRemove(CliContext cli)
    {
        var id = new Argument<string>("ID") { Description = "The freeze's id, or the beginning of it." };
        return new CliCommand("remove", "Remove a freeze: what it holds goes on.")
        {
            Arguments = { id },
            Examples = ["canary freeze remove 3f2a9c1b"],
        }.Runs(
            cli,
            async (session, cancellation) =>
            {
                var freeze = await session.Client.RemoveFreezeAsync(
                    session.Value(id),
                    session.Environment.UserName,
                    cancellation
                );
                if (session.Screen.Json)
                {
                    session.Screen.Document(freeze, json => json.Freeze);
                }
                else
                {
                    session.Screen.Line($"The freeze of {freeze.Application ?? "everything"} is removed.");
                }
                return ExitCodes.Ok;
            }
        );
    }

    private static string When(Freeze freeze) =>
        $"from {Words(freeze.From)} " + (freeze.Until is { } until ? $"until {Words(until)}" : "until it is removed");

    private static string Words(DateTimeOffset time) =>
        time.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    private static Option<DateTimeOffset?> Time(string name, string description) =>
        new(name)
        {
            Description = description,
            HelpName = "TIME",
            CustomParser = Parse,
        };

    /// <summary>With its offset, or by the clock of this machine.</summary>
    private static DateTimeOffset? Parse(ArgumentResult argument)
    {
        var text = argument.Tokens.Count == 1 ? argument.Tokens[0].Value : "";
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out var time))
        {
            return time;
        }

        argument.AddError($"'{text}' is no time: write it as 2026-12-20T08:00+01:00.");
        return null;
    }
}
