using System.CommandLine;
using Canary.Cli.Api;
using Canary.Cli.Completion;
using Canary.Cli.Terminal;

namespace Canary.Cli.Alarms;

/// <summary><c>canary alarms …</c>: what monitoring systems say, and whether what they say arrives.</summary>
internal static class AlarmsCommand
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(10);

    public static CliCommand Create(CliContext cli) =>
        new("alarms", "Look at alarms of monitoring systems, and test whether they arrive.")
        {
            CreateList(cli),
            CreateTest(cli),
        };

    private static CliCommand CreateList(CliContext cli)
    {
        var application = new Option<string?>("--app", "-a")
        {
            Description = "Only alarms of this application.",
            HelpName = "APP",
        };
        application.CompletionSources.Add(context => LiveCompletions.Applications(cli, context));
        return new CliCommand("list", "List alarms: those that fire first, then those that have stopped.")
        {
            Options = { application },
            Examples =
            [
                "canary alarms list",
                "canary alarms list --app shop --json | jq '.alarms[] | select(.firing)'",
            ],
        }.Runs(
            cli,
            async (session, cancellation) =>
            {
                var alarms = await session.Client.ListAlarmsAsync(session.Value(application), cancellation);
                if (session.Screen.Json)
                {
                    session.Screen.Document(new Output.AlarmList(alarms), json => json.AlarmList);
                    return ExitCodes.Ok;
                }

                session.Screen.Listing(
                    ["state", "since", "application", "host", "severity", "source", "what"],
                    alarms.Select(alarm => Row(alarm, session.Time)),
                    empty: "No alarm has been received."
                );
                return ExitCodes.Ok;
            }
        );
    }

    private static string[] Row(Alarm alarm, TimeProvider time) =>
        [
            alarm.Firing ? "firing" : "stopped",
            Words.Ago(alarm.ChangedAt, time),
            alarm.Application ?? "unknown",
            Words.Printable(alarm.Host ?? "-"),
            alarm.Severity.ToLowerInvariant(),
            alarm.Source,
            Words.Printable(alarm.Summary),
        ];

    private static CliCommand CreateTest(CliContext cli)
    {
        var application = new Argument<string>("APP") { Description = "Application that the test alarm is about." };
        application.CompletionSources.Add(context => LiveCompletions.Applications(cli, context));
        var source = new Option<string?>("--source")
        {
            Description = "What sends it: alertmanager, newrelic, nagios or generic; default: alertmanager.",
            HelpName = "SOURCE",
        };
        source.CompletionSources.Add("alertmanager", "newrelic", "nagios", "generic");
        var severity = new Option<string?>("--severity")
        {
            Description = "Its label severity, which may decide which way it takes; default: critical.",
            HelpName = "SEVERITY",
        };
        var timeout = new Option<TimeSpan?>("--timeout")
        {
            Description = "How long to wait for it, for example 2m; default: 10m.",
            HelpName = "TIME",
            CustomParser = TimeSpans.Parse,
        };
        return new CliCommand(
            "test",
            "Send a test alarm the way that real ones take, and wait until it arrives. It acts on nothing. Alertmanager sends it to "
                + "everybody who gets such alarms, as CanaryTest; of other sources it is said how to send it."
        )
        {
            Arguments = { application },
            Options = { source, severity, timeout },
            Examples = ["canary alarms test shop", "canary alarms test shop --source nagios --timeout 5m"],
        }.Runs(
            cli,
            async (session, cancellation) =>
            {
                var test = await session.Client.TestAlarmsAsync(
                    new AlarmTestOrder
                    {
                        Application = session.Value(application),
                        Source = session.Value(source),
                        Severity = session.Value(severity),
                    },
                    cancellation
                );
                session.Screen.Note(
                    test.Instruction
                        ?? $"Alertmanager has the test alarm {test.Id}; it comes when its route says, often after 30 s."
                );
                test = await ArrivedAsync(session, test, session.Value(timeout) ?? DefaultTimeout, cancellation);
                return Tell(session.Screen, test);
            }
        );
    }

    private static async Task<AlarmTest> ArrivedAsync(
        Session session,
        AlarmTest test,
        TimeSpan timeout,
        CancellationToken cancellation
    )
    {
        var began = session.Time.GetTimestamp();
        while (test.ArrivedAt is null)
        {
            if (session.Time.GetElapsedTime(began) > timeout)
            {
                throw new CliException(
                    ExitCodes.TimedOut,
                    CliCodes.AlarmNotArrived,
                    $"The test alarm {test.Id} has not arrived within {Words.Duration(timeout)}.",
                    $"See that {test.Source} sends its alarms to /webhooks/alarms/{test.Source} of this server, with its token, and that "
                        + "its route takes this severity: docs/alarms.md."
                );
            }

            await Task.Delay(Look, session.Time, cancellation);
            test = await session.Client.GetAlarmTestAsync(test.Id, cancellation);
        }

        return test;
    }

    private static int Tell(Screen screen, AlarmTest test)
    {
        if (screen.Json)
        {
            screen.Document(test, json => json.AlarmTest);
        }
        else if (test.Passed)
        {
            screen.Line(
                $"The test alarm arrived after {Words.Duration(test.ArrivedAt!.Value - test.SentAt)}, and is about {test.Application}."
            );
        }

        return test.Passed
            ? ExitCodes.Ok
            : throw new CliException(
                ExitCodes.ReleaseFailed,
                CliCodes.AlarmOfAnother,
                test.Found is { } found
                    ? $"The test alarm arrived and was taken to be about {found}, not {test.Application}."
                    : "The test alarm arrived, and nothing says which application it is about.",
                "Correct the rules under ingress.alarms.rules, or give the alarm the label application: docs/alarms.md."
            );
    }
}
