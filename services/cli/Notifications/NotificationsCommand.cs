using System.CommandLine;
using Canary.Cli.Api;
using Canary.Cli.Completion;
using Canary.Cli.Terminal;

namespace Canary.Cli.Notifications;

/// <summary><c>canary notifications …</c>: who is told of releases, and whether that works.</summary>
internal static class NotificationsCommand
{
    private const string SwitchedOff = "none";

    public static CliCommand Create(CliContext cli) =>
        new(
            "notifications",
            "Look at the channels that are told of releases (chats, programs, mailboxes), and try them."
        )
        {
            CreateList(cli),
            CreateTest(cli),
        };

    private static CliCommand CreateList(CliContext cli) =>
        new CliCommand("list", "List the channels: what they are told of, what waits for them, and what failed last.")
        {
            Examples =
            [
                "canary notifications list",
                "canary notifications list --json | jq '.channels[] | select(.error != null)'",
            ],
        }.Runs(
            cli,
            async (session, cancellation) =>
            {
                var list = await session.Client.ListChannelsAsync(cancellation);
                if (session.Screen.Json)
                {
                    session.Screen.Document(list, json => json.ChannelList);
                    return ExitCodes.Ok;
                }

                session.Screen.Listing(
                    ["channel", "kind", "applications", "events", "waiting", "delivered", "last error"],
                    list.Channels.Select(channel => Row(channel, session.Time)),
                    empty: "Nobody is told of releases: name channels under ingress.notifications.channels."
                );
                return ExitCodes.Ok;
            }
        );

    private static CliCommand CreateTest(CliContext cli)
    {
        var name = new Argument<string?>("NAME")
        {
            Description = "The channel; default: all that are not switched off.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        name.CompletionSources.Add(context => LiveCompletions.Channels(cli, context));
        return new CliCommand(
            "test",
            "Send a test by the way that all messages of a channel take, and wait for what comes of it. Exit code 1 if one is not "
                + "delivered."
        )
        {
            Arguments = { name },
            Examples = ["canary notifications test", "canary notifications test ops --json | jq .tests[0].error"],
        }.Runs(
            cli,
            async (session, cancellation) =>
            {
                IEnumerable<string> names = session.Value(name) is { } one
                    ? [one]
                    : (await session.Client.ListChannelsAsync(cancellation))
                        .Channels.Where(channel => channel.Kind != SwitchedOff)
                        .Select(channel => channel.Name);
                var tests = await TestAsync(session, [.. names], cancellation);
                return tests.All(test => test.Delivered) ? ExitCodes.Ok : ExitCodes.ReleaseFailed;
            }
        );
    }

    private static async Task<IReadOnlyList<ChannelTest>> TestAsync(
        Session session,
        IReadOnlyList<string> names,
        CancellationToken cancellation
    )
    {
        var tests = new List<ChannelTest>();
        foreach (var name in names)
        {
            var test = await session.Client.TestChannelAsync(name, session.Decision(), cancellation);
            tests.Add(test);
            if (!session.Screen.Json)
            {
                Show(session.Screen, test);
            }
        }

        if (session.Screen.Json)
        {
            session.Screen.Document(new Output.ChannelTests(tests), json => json.ChannelTests);
        }
        else if (tests.Count == 0)
        {
            session.Screen.Note("Nobody is told of releases: name channels under ingress.notifications.channels.");
        }
        return tests;
    }

    private static void Show(Screen screen, ChannelTest test)
    {
        if (test.Delivered)
        {
            screen.Line($"{test.Name}: delivered.");
            return;
        }

        screen.Line($"{test.Name}: not delivered. {Words.Printable(test.Error ?? "")}");
        if (test.Remedy is { } remedy)
        {
            screen.Line($"  {Words.Printable(remedy)}");
        }
    }

    private static string[] Row(NotificationChannel channel, TimeProvider time) =>
        [
            channel.Name,
            channel.Kind,
            channel.Applications.Count == 0 ? "all" : string.Join(", ", channel.Applications),
            channel.Events,
            channel.GivenUp == 0 ? $"{channel.Waiting}" : $"{channel.Waiting} ({channel.GivenUp} given up)",
            channel.DeliveredAt is { } at ? Words.Ago(at, time) : "-",
            Words.Printable(channel.Error ?? ""),
        ];
}
