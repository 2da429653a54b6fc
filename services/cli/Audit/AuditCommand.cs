using System.CommandLine;
using Canary.Cli.Api;
using Canary.Cli.Completion;
using Canary.Cli.Terminal;

namespace Canary.Cli.Audit;

/// <summary><c>canary audit</c>: what people decided.</summary>
internal static class AuditCommand
{
    private const int DefaultLimit = 50;

    /// <summary>The token of what nobody asked for by HTTP.</summary>
    private const string Nobody = "none";

    /// <summary>The server gives no more at once.</summary>
    private const int LargestPage = 500;

    public static CliCommand Create(CliContext cli)
    {
        var application = new Option<string?>("--app", "-a")
        {
            Description = "Only decisions about this application.",
            HelpName = "APP",
        };
        application.CompletionSources.Add(context => LiveCompletions.Applications(cli, context));
        var release = new Option<string?>("--release", "-r")
        {
            Description = "Only decisions about this release: its id, the beginning of it, APP@COMMIT, or latest.",
            HelpName = "ID",
        };
        var limit = new Option<int>("--limit", "-n")
        {
            Description = $"How many at most; default: {DefaultLimit}.",
            HelpName = "N",
            DefaultValueFactory = _ => DefaultLimit,
        };
        limit.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && (!int.TryParse(result.Tokens[0].Value, out var count) || count < 1))
            {
                result.AddError("--limit must be a number from 1.");
            }
        });
        return new CliCommand(
            "audit",
            "List what people decided, newest first: who by their own word, why, by which token and from which address."
        )
        {
            Options = { application, release, limit },
            Examples =
            [
                "canary audit",
                "canary audit --app shop --limit 10",
                "canary audit --json | jq -r '.entries[] | [.at, .action, .by] | @tsv'",
            ],
        }.Runs(
            cli,
            async (session, cancellation) =>
            {
                var page = await ReadAsync(
                    session.Client,
                    session.Value(application),
                    session.Value(release),
                    session.Value(limit),
                    cancellation
                );
                if (session.Screen.Json)
                {
                    session.Screen.Document(page, json => json.AuditPage);
                    return ExitCodes.Ok;
                }

                session.Screen.Listing(
                    ["when", "action", "on", new("by", Spare: 3), new("from", Spare: 1), new("reason", Spare: 2)],
                    page.Entries.Select(entry => Row(entry, session.Time)),
                    empty: "Nobody has decided anything yet."
                );
                return ExitCodes.Ok;
            }
        );
    }

    private static async Task<AuditPage> ReadAsync(
        CanaryClient client,
        string? application,
        string? release,
        int wanted,
        CancellationToken cancellation
    )
    {
        var found = new List<AuditEntry>();
        long? next = null;
        do
        {
            var size = Math.Min(LargestPage, wanted - found.Count);
            var page = await client.ListDecisionsAsync(application, release, size, next, cancellation);
            found.AddRange(page.Entries);
            next = page.Next;
        } while (next is not null && found.Count < wanted);

        return new AuditPage { Entries = found, Next = next };
    }

    private static string[] Row(AuditEntry entry, TimeProvider time) =>
        [
            Words.Ago(entry.At, time),
            entry.Action,
            Words.Printable(SubjectOf(entry)),
            Words.Printable(entry.By),
            entry.Token == Nobody ? "Canary itself" : $"{entry.Address} ({entry.Token} token)",
            Words.Printable(entry.Reason ?? ""),
        ];

    private static string SubjectOf(AuditEntry entry)
    {
        var subject = string.Join(
            ' ',
            new[] { entry.Application, entry.ReleaseId?.Short(), entry.Host }.Where(word => word is not null)
        );
        return subject.Length > 0 ? subject : entry.Detail ?? "all hosts";
    }
}
