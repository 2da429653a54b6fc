using System.CommandLine;
using System.Text.Json;
using Canary.Cli.Api;
using Canary.Cli.Completion;
using Canary.Cli.Terminal;
using Spectre.Console;

namespace Canary.Cli.Messages;

/// <summary><c>canary messages …</c>: decide about messages that a service gave up on.</summary>
internal static class MessagesCommand
{
    public static CliCommand Create(CliContext cli) =>
        new("messages", "Look at messages that a service gave up on, send them again or remove them.")
        {
            CreateList(cli),
            CreateShow(cli),
            CreateRetry(cli),
            CreateDiscard(cli),
        };

    private static CliCommand CreateList(CliContext cli)
    {
        var queue = QueueOption(cli);
        return new CliCommand("list", "List messages that a service gave up on, oldest first.")
        {
            Options = { queue },
            Examples =
            [
                "canary messages list",
                "canary messages list --queue packager-build-package",
                "canary messages list --json | jq -r '.messages[] | [.id, .reason] | @tsv'",
            ],
        }.Runs(
            cli,
            async (session, cancellation) =>
            {
                var list = await session.Client.ListMessagesAsync(session.Value(queue), cancellation);
                if (session.Screen.Json)
                {
                    session.Screen.Document(list, json => json.MessageList);
                    return ExitCodes.Ok;
                }

                session.Screen.Listing(
                    [
                        "id",
                        "queue",
                        new("message", Spare: 1),
                        new("failed", Spare: 3),
                        new("release", Spare: 2),
                        "reason",
                    ],
                    list.Messages.Select(message => Row(message, session.Time)),
                    empty: "No message waits for a decision."
                );
                if (list.Total > list.Messages.Count && list.Messages.Count > 0)
                {
                    session.Screen.Note($"{list.Messages.Count} of {list.Total} are listed.");
                }
                return ExitCodes.Ok;
            }
        );
    }

    private static string[] Row(FailedMessage message, TimeProvider time) =>
        [
            message.Id.Short(),
            message.Queue,
            message.Type ?? "-",
            message.FailedAt is { } at ? Words.Ago(at, time) : "-",
            message.ReleaseId?.Short() ?? "-",
            Words.Printable((message.Reason ?? "").Split('\n')[0].Trim()),
        ];

    private static CliCommand CreateShow(CliContext cli)
    {
        var id = IdArgument(cli);
        var queue = QueueOption(cli);
        return new CliCommand("show", "Show a message that a service gave up on: why, and its body.")
        {
            Arguments = { id },
            Options = { queue },
            Examples = ["canary messages show 3f2a9c1b", "canary messages show 3f2a9c1b --json | jq .body.message"],
        }.Runs(
            cli,
            async (session, cancellation) =>
            {
                var (found, at) = await FindAsync(session, session.Value(id)!, session.Value(queue), cancellation);
                var message = await session.Client.GetMessageAsync(found, at, cancellation);
                if (session.Screen.Json)
                {
                    session.Screen.Document(message, json => json.FailedMessage);
                }
                else
                {
                    Show(session.Screen, message);
                }
                return ExitCodes.Ok;
            }
        );
    }

    private static void Show(Screen screen, FailedMessage message)
    {
        (string Name, string? Value)[] lines =
        [
            ("id", $"{message.Id}"),
            ("queue", message.Queue),
            ("message", message.Type),
            ("failed", message.FailedAt is { } at ? $"{at:yyyy-MM-ddTHH:mm:ssZ}" : null),
            ("attempts", message.Attempts is { } attempts ? $"{attempts}" : null),
            ("release", message.ReleaseId?.ToString()),
            ("rollout", message.RolloutId?.ToString()),
            ("fault", message.Fault),
            ("reason", message.Reason),
        ];
        foreach (var (name, value) in lines.Where(line => line.Value is not null))
        {
            screen.Line($"{name, -9} {Words.Printable(value!.ReplaceLineEndings(" "))}");
        }
        if (message.Body is { } body)
        {
            screen.Line();
            screen.Line(JsonSerializer.Serialize(body, ApiJson.Indented.JsonNode));
        }
    }

    private static CliCommand CreateRetry(CliContext cli)
    {
        var id = IdArgument(cli);
        id.Arity = ArgumentArity.ZeroOrOne;
        var all = new Option<bool>("--all") { Description = "Every message that waits, or every one of --queue." };
        var queue = QueueOption(cli);
        var command = new CliCommand(
            "retry",
            "Send a message to its service once more, when the cause is repaired. One that was handled already is dropped."
        )
        {
            Arguments = { id },
            Options = { all, queue },
            Examples = ["canary messages retry 3f2a9c1b", "canary messages retry --all --queue packager-build-package"],
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(all) == (result.GetResult(id) is { Tokens.Count: > 0 }))
            {
                result.AddError("Give either the id of a message or --all.");
            }
        });
        return command.Runs(
            cli,
            async (session, cancellation) =>
            {
                var retried = session.Value(all)
                    ? await RetryAllAsync(session, session.Value(queue), cancellation)
                    : [await RetryOneAsync(session, session.Value(id)!, session.Value(queue), cancellation)];
                if (session.Screen.Json)
                {
                    session.Screen.Document(new Output.DecidedMessages(retried), json => json.DecidedMessages);
                    return ExitCodes.Ok;
                }
                foreach (var message in retried)
                {
                    session.Screen.Line($"{message.Id.Short()} is in {message.Queue} again.");
                }
                if (retried.Count == 0)
                {
                    session.Screen.Note("No message waits for a decision.");
                }
                return ExitCodes.Ok;
            }
        );
    }

    private static async Task<FailedMessage> RetryOneAsync(
        Session session,
        string id,
        string? queue,
        CancellationToken cancellation
    )
    {
        var (found, at) = await FindAsync(session, id, queue, cancellation);
        return await session.Client.RetryMessageAsync(found, at, cancellation);
    }

    /// <summary>Each once: one that fails again meanwhile stays.</summary>
    private static async Task<IReadOnlyList<FailedMessage>> RetryAllAsync(
        Session session,
        string? queue,
        CancellationToken cancellation
    )
    {
        var tried = new HashSet<(Guid, string)>();
        var retried = new List<FailedMessage>();
        while (true)
        {
            var list = await session.Client.ListMessagesAsync(queue, cancellation);
            var next = list.Messages.Where(message => tried.Add((message.Id, message.Queue))).ToList();
            if (next.Count == 0)
            {
                return retried;
            }
            foreach (var message in next)
            {
                try
                {
                    retried.Add(await session.Client.RetryMessageAsync(message.Id, message.Queue, cancellation));
                }
                catch (CliException e) when (e.ExitCode == ExitCodes.NotFound)
                {
                    // Somebody else has decided about it.
                }
            }
        }
    }

    private static CliCommand CreateDiscard(CliContext cli)
    {
        var id = IdArgument(cli);
        var queue = QueueOption(cli);
        var yes = new Option<bool>("--yes", "-y") { Description = "Do not ask." };
        return new CliCommand("discard", "Remove a message for good. Asks before; in scripts, --yes says so.")
        {
            Arguments = { id },
            Options = { queue, yes },
            Examples = ["canary messages discard 3f2a9c1b", "canary messages discard 3f2a9c1b --yes"],
        }.Runs(
            cli,
            async (session, cancellation) =>
            {
                if (!session.Value(yes) && !session.Screen.CanAsk)
                {
                    throw CliException.Usage(
                        CliCodes.ConfirmationMissing,
                        "A message that is discarded is gone, and nobody is here to be asked.",
                        "Add --yes if it is meant."
                    );
                }

                var (found, at) = await FindAsync(session, session.Value(id)!, session.Value(queue), cancellation);
                if (!session.Value(yes) && !await AskAsync(session, found, cancellation))
                {
                    session.Screen.Note("It stays.");
                    return ExitCodes.Ok;
                }

                var message = await session.Client.DiscardMessageAsync(found, at, cancellation);
                if (session.Screen.Json)
                {
                    session.Screen.Document(new Output.DecidedMessages([message]), json => json.DecidedMessages);
                }
                else
                {
                    session.Screen.Line($"{message.Id.Short()} of {message.Queue} is discarded.");
                }
                return ExitCodes.Ok;
            }
        );
    }

    private static Task<bool> AskAsync(Session session, Guid id, CancellationToken cancellation) =>
        session.Screen.Console.PromptAsync(
            new ConfirmationPrompt($"Discard {id.Short()} for good?") { DefaultValue = false },
            cancellation
        );

    /// <summary>The message that the beginning of an id stands for, and its queue.</summary>
    private static async Task<(Guid Id, string? Queue)> FindAsync(
        Session session,
        string id,
        string? queue,
        CancellationToken cancellation
    )
    {
        var list = await session.Client.ListMessagesAsync(queue, cancellation);
        var found = list
            .Messages.Where(message => Fits(message.Id, id))
            .DistinctBy(message => (message.Id, message.Queue));
        return found.ToList() switch
        {
            [var message] => (message.Id, message.Queue),
            // It may be one of those that are not listed.
            [] when Guid.TryParse(id, out var whole) => (whole, queue),
            [] => throw new CliException(
                ExitCodes.NotFound,
                CliCodes.MessageUnknown,
                $"No message {id} waits for a decision.",
                "See which do: canary messages list."
            ),
            _ => throw CliException.Usage(
                CliCodes.MessageAmbiguous,
                $"{id} stands for several messages.",
                "Give more of the id, or --queue: canary messages list."
            ),
        };
    }

    private static bool Fits(Guid id, string beginning) =>
        beginning.Length >= 4
        && (
            id.ToString().StartsWith(beginning, StringComparison.OrdinalIgnoreCase)
            || id.ToString("n").StartsWith(beginning, StringComparison.OrdinalIgnoreCase)
        );

    private static Argument<string> IdArgument(CliContext cli)
    {
        var id = new Argument<string>("ID")
        {
            Description = "A message's id or the beginning of it (4 characters or more).",
            HelpName = "ID",
        };
        id.CompletionSources.Add(context => LiveCompletions.Messages(cli, context));
        return id;
    }

    private static Option<string?> QueueOption(CliContext cli)
    {
        var queue = new Option<string?>("--queue", "-q")
        {
            Description = "Only messages of this queue, for example packager-build-package.",
            HelpName = "QUEUE",
        };
        queue.CompletionSources.Add(context => LiveCompletions.FailingQueues(cli, context));
        return queue;
    }
}
