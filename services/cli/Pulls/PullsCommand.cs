using System.CommandLine;
using System.Globalization;
using System.Text;
using Canary.Cli.Api;
using Canary.Cli.Completion;
using Canary.Cli.Terminal;

namespace Canary.Cli.Pulls;

/// <summary><c>canary pulls …</c>: pull requests, which are built and never released.</summary>
internal static class PullsCommand
{
    public static CliCommand Create(CliContext cli) =>
        new(
            "pulls",
            "List and show pull requests, read the logs of their builds, build them again, and approve commits of forks."
        )
        {
            CreateList(cli),
            CreateShow(cli),
            CreateLogs(cli),
            CreateApprove(cli),
            CreateRetry(cli),
        };

    private static CliCommand CreateList(CliContext cli)
    {
        var application = new Option<string?>("--app", "-a")
        {
            Description = "Only pull requests of this application.",
            HelpName = "APP",
        };
        application.CompletionSources.Add(context => LiveCompletions.Applications(cli, context));
        var all = new Option<bool>("--all") { Description = "Also those that were closed." };
        return new CliCommand("list", "List open pull requests and how the build of their head is.")
        {
            Options = { application, all },
            Examples = ["canary pulls list", "canary pulls list --app shop --json | jq '.pullRequests[].number'"],
        }.Runs(
            cli,
            async (session, cancellation) =>
            {
                var list = await session.Client.ListPullRequestsAsync(
                    session.Value(application),
                    session.Value(all),
                    cancellation
                );
                if (session.Screen.Json)
                {
                    session.Screen.Document(list, json => json.PullRequestList);
                    return ExitCodes.Ok;
                }

                session.Screen.Listing(
                    ["application", "number", "commit", "state", "author", "title"],
                    list.PullRequests.Select(pull =>
                        new[]
                        {
                            pull.Application,
                            pull.Number.ToString(CultureInfo.InvariantCulture),
                            pull.Builds.Count > 0 ? States.ShortCommit(pull.Builds[0].Commit) : "",
                            StateOf(pull),
                            Words.Printable(pull.Author),
                            Words.Printable(pull.Title),
                        }
                    ),
                    empty: "No pull request is known. They are built where ingress.repositories says 'pull-requests: true', and GitHub's "
                        + "webhook sends pull_request events."
                );
                return ExitCodes.Ok;
            }
        );
    }

    private static CliCommand CreateShow(CliContext cli)
    {
        var which = new Which(cli);
        return new CliCommand("show", "Show a pull request and its builds.")
        {
            Arguments = { which.Application, which.Number },
            Options = { which.Repository },
            Examples = ["canary pulls show shop 12"],
        }.Runs(
            cli,
            async (session, cancellation) =>
            {
                Show(session, await which.GetAsync(session, cancellation));
                return ExitCodes.Ok;
            }
        );
    }

    private static CliCommand CreateLogs(CliContext cli)
    {
        var which = new Which(cli);
        var commit = new Option<string?>("--commit", "-c")
        {
            Description = "Of which commit, or how it begins; default: the head.",
            HelpName = "SHA",
        };
        var follow = new Option<bool>("--follow", "-f")
        {
            Description = "Go on as the log grows, until the build ends.",
        };
        return new CliCommand("logs", "Print the log of the build of a pull request.")
        {
            Arguments = { which.Application, which.Number },
            Options = { commit, follow, which.Repository },
            Examples = ["canary pulls logs shop 12", "canary pulls logs shop 12 --follow"],
        }.Runs(
            cli,
            async (session, cancellation) =>
            {
                await using var log = await session.Client.OpenPullRequestLogAsync(
                    which.PathOf(session, "/logs"),
                    session.Value(which.Repository),
                    session.Value(commit),
                    session.Value(follow),
                    cancellation
                );
                using var reader = new StreamReader(log, Encoding.UTF8);
                while (await reader.ReadLineAsync(cancellation) is { } line)
                {
                    if (session.Screen.Json)
                    {
                        session.Screen.DocumentLine(new("build", line, Host: null), json => json.LogLine);
                    }
                    else
                    {
                        session.Screen.Line(session.Screen.Live ? Words.Printable(line) : line);
                    }
                }
                return ExitCodes.Ok;
            }
        );
    }

    private static CliCommand CreateApprove(CliContext cli)
    {
        var which = new Which(cli);
        var commit = new Option<string?>("--commit", "-c")
        {
            Description =
                "The commit that was looked at, its full id. Without it the command says which one waits, and approves none.",
            HelpName = "SHA",
        };
        var reason = new Option<string?>("--reason", "-m") { Description = "Why, for the record.", HelpName = "TEXT" };
        return new CliCommand(
            "approve",
            "Have exactly one commit of a fork built. Another one that is pushed meanwhile has to be approved again."
        )
        {
            Arguments = { which.Application, which.Number },
            Options = { commit, reason, which.Repository },
            Examples = ["canary pulls approve shop 12 --commit 1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d"],
        }.Runs(
            cli,
            async (session, cancellation) =>
            {
                if (session.Value(commit) is not { } approved)
                {
                    throw Unnamed(await which.GetAsync(session, cancellation));
                }

                var pull = await session.Client.ApprovePullRequestAsync(
                    which.PathOf(session, "/approve"),
                    session.Value(which.Repository),
                    new PullRequestApproval
                    {
                        Commit = approved,
                        Reason = session.Value(reason),
                        By = session.Environment.UserName,
                    },
                    cancellation
                );
                if (session.Screen.Json)
                {
                    session.Screen.Document(pull, json => json.PullRequest);
                }
                else
                {
                    session.Screen.Line($"The commit {States.ShortCommit(approved)} is built.");
                    session.Screen.Note($"Watch it: canary pulls logs {pull.Application} {pull.Number} --follow");
                }
                return ExitCodes.Ok;
            }
        );
    }

    private static CliCommand CreateRetry(CliContext cli)
    {
        var which = new Which(cli);
        var reason = new Option<string?>("--reason", "-m") { Description = "Why, for the record.", HelpName = "TEXT" };
        return new CliCommand("retry", "Build the head of a pull request once more, after its build has ended.")
        {
            Arguments = { which.Application, which.Number },
            Options = { reason, which.Repository },
            Examples = ["canary pulls retry shop 12"],
        }.Runs(
            cli,
            async (session, cancellation) =>
            {
                var pull = await session.Client.RetryPullRequestAsync(
                    which.PathOf(session, "/retry"),
                    session.Value(which.Repository),
                    session.Decision(session.Value(reason)),
                    cancellation
                );
                if (session.Screen.Json)
                {
                    session.Screen.Document(pull, json => json.PullRequest);
                }
                else
                {
                    session.Screen.Line($"The commit {States.ShortCommit(pull.Builds[0].Commit)} is built again.");
                }
                return ExitCodes.Ok;
            }
        );
    }

    /// <summary>Whoever approves says what was looked at: the head may have changed since.</summary>
    private static CliException Unnamed(PullRequest pull) =>
        pull.Builds is [{ State: "AwaitingApproval" } waiting, ..]
            ? CliException.Usage(
                CliCodes.ConfirmationMissing,
                $"The commit {waiting.Commit} of {pull.Repository}#{pull.Number} waits for an approval.",
                $"Look at what it does, then: canary pulls approve {pull.Application} {pull.Number} --commit {waiting.Commit}."
            )
            : CliException.Usage(
                CliCodes.ConfirmationMissing,
                $"No commit of {pull.Repository}#{pull.Number} waits for an approval.",
                $"See how it is: canary pulls show {pull.Application} {pull.Number}."
            );

    private static void Show(Session session, PullRequest pull)
    {
        if (session.Screen.Json)
        {
            session.Screen.Document(pull, json => json.PullRequest);
            return;
        }

        session.Screen.Line(
            $"{pull.Application} {pull.Number}: {Words.Printable(pull.Title)} ({pull.Repository}, by {Words.Printable(pull.Author)})"
        );
        session.Screen.Line(
            (pull.IsFork ? "It comes from a fork: each commit has to be approved. " : "")
                + (pull.IsOpen ? "It is open." : "It is closed.")
        );
        if (pull.Error is { } error)
        {
            session.Screen.Line($"Its head is not known: {Words.Printable(error)}");
        }

        session.Screen.Listing(
            ["commit", "state", "began", "approved by", "reason"],
            pull.Builds.Select(build =>
                new[]
                {
                    build.Commit,
                    States.Words(build.State),
                    Words.Ago(build.CreatedAt, session.Time),
                    Words.Printable(build.ApprovedBy ?? ""),
                    Words.Printable(build.Failure?.Message.Split('\n')[0] ?? ""),
                }
            ),
            empty: "Nothing of it was built so far."
        );
        if (pull.Builds is [{ State: "AwaitingApproval" } waiting, ..])
        {
            session.Screen.Hint(
                "approve",
                $"canary pulls approve {pull.Application} {pull.Number} --commit {waiting.Commit}"
            );
        }
    }

    private static string StateOf(PullRequest pull) =>
        !pull.IsOpen ? "closed"
        : pull.Builds.Count > 0 ? States.Words(pull.Builds[0].State)
        : pull.Error is null ? "is looked at"
        : "head unknown";

    /// <summary>Names a pull request on the command line.</summary>
    private sealed class Which
    {
        public Which(CliContext cli) =>
            Application.CompletionSources.Add(context => LiveCompletions.Applications(cli, context));

        public Argument<string> Application { get; } = new("APP") { Description = "The application." };

        public Argument<int> Number { get; } = new("NUMBER") { Description = "The number of the pull request." };

        public Option<string?> Repository { get; } =
            new("--repo")
            {
                Description = "Its repository, where the application has several.",
                HelpName = "OWNER/NAME",
            };

        public string PathOf(Session session, string what = "") =>
            string.Create(
                CultureInfo.InvariantCulture,
                $"api/pulls/{Uri.EscapeDataString(session.Value(Application))}/{session.Value(Number)}{what}"
            );

        public Task<PullRequest> GetAsync(Session session, CancellationToken cancellation) =>
            session.Client.GetPullRequestAsync(PathOf(session), session.Value(Repository), cancellation);
    }
}
