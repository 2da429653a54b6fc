using System.CommandLine;
using Canary.Cli.Api;
using Canary.Cli.Completion;
using Canary.Cli.Terminal;

namespace Canary.Cli.Releases;

/// <summary><c>canary releases …</c>: look at releases and decide about them.</summary>
internal static class ReleasesCommand
{
    public static CliCommand Create(CliContext cli) =>
        new("releases", "Look at releases, follow them, decide about them.")
        {
            CreateList(cli),
            CreateShow(cli),
            CreateWatch(cli),
            CreateLogs(cli),
            CreateDecision(
                cli,
                "promote",
                "Let a release whose canaries are healthy go on to production.",
                "The release goes on to production."
            ),
            CreateDecision(
                cli,
                "rollback",
                "Roll a release back: every host that has its version gets the one before. Of the newest completed release, the "
                    + "version before it is deployed, over the canaries, without asking for a promotion. Automatic deployments are held afterwards.",
                "The release is being rolled back."
            ),
            CreateDecision(
                cli,
                "abort",
                "Stop a release; if it has reached a host, roll it back.",
                "The release is being stopped."
            ),
            CreateDecision(
                cli,
                "pause",
                "Begin no further host until the release is resumed; what is under way on a host ends.",
                "The release pauses."
            ),
            CreateDecision(
                cli,
                "resume",
                "Go on from where the release was paused, or from a wave that failed: then without the hosts that failed.",
                "The release goes on."
            ),
            CreateDecision(
                cli,
                "override",
                "Have a release go on in spite of deployment windows and freezes.",
                "The release goes on in spite of windows and freezes."
            ),
            CreateSteering(cli, "retry-host", "retry", "Try a host of a release again that failed."),
            CreateSteering(
                cli,
                "skip-host",
                "skip",
                "Leave a host out of a release: its failure does not count, and it converges later."
            ),
            CreateDecision(
                cli,
                "retry",
                "Release the commit of a release that has ended once more; of one that completed, deploy its version.",
                "The commit is released again."
            ),
        };

    public static Option<TimeSpan?> TimeLimit() =>
        new("--timeout")
        {
            Description =
                "Stop watching after this time, for example 90s, 10m or 1h; exit code 124, the release goes on. Default: no "
                + "limit.",
            HelpName = "TIME",
            CustomParser = TimeSpans.Parse,
        };

    private static CliCommand CreateList(CliContext cli)
    {
        var application = new Option<string?>("--app", "-a")
        {
            Description = "Only releases of this application.",
            HelpName = "APP",
        };
        application.CompletionSources.Add(context => LiveCompletions.Applications(cli, context));
        var state = new Option<string?>("--state")
        {
            Description = "Only releases in this state or phase, for example failed or awaiting-promotion.",
            HelpName = "STATE",
        };
        state.CompletionSources.Add(
            "admitting",
            "building",
            "packaging",
            "publishing",
            "held",
            "rolling-out",
            "awaiting-promotion",
            "completed",
            "failed",
            "rolled-back",
            "superseded"
        );
        var limit = new Option<int>("--limit", "-n")
        {
            Description = "How many at most, newest first.",
            HelpName = "COUNT",
            DefaultValueFactory = _ => 20,
        };
        limit.Validators.Add(result =>
        {
            if (
                result.Tokens.Count > 0
                && !(int.TryParse(result.Tokens[0].Value, out var count) && count is >= 1 and <= 1000)
            )
            {
                result.AddError("--limit takes a number from 1 to 1000.");
            }
        });

        var page = new Option<int>("--page", "-p")
        {
            Description = "Which page, each of --limit releases.",
            HelpName = "NUMBER",
            DefaultValueFactory = _ => 1,
        };
        page.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && !(int.TryParse(result.Tokens[0].Value, out var number) && number >= 1))
            {
                result.AddError("--page takes a number from 1.");
            }
        });
        var all = new Option<bool>("--all") { Description = "All of them, on one page." };

        return new CliCommand("list", "List releases, newest first.")
        {
            Options = { application, state, limit, page, all },
            Examples =
            [
                "canary releases list",
                "canary releases list --page 2",
                "canary releases list --app shop --state awaiting-promotion",
                "canary releases list --json | jq -r '.releases[].id'",
            ],
        }.Runs(
            cli,
            async (session, cancellation) =>
            {
                var list = await ReleasePages.ReadAsync(
                    session.Client,
                    session.Value(application),
                    session.Value(state),
                    session.Value(limit),
                    session.Value(all) ? null : session.Value(page),
                    cancellation
                );
                if (session.Screen.Json)
                {
                    session.Screen.Document(list, json => json.ReleaseList);
                    return ExitCodes.Ok;
                }
                session.Screen.Listing(
                    [
                        "id",
                        "application",
                        new("branch", Spare: 3),
                        new("commit", Spare: 4),
                        "state",
                        new("version", Spare: 1),
                        new("received", Spare: 2),
                        "title",
                    ],
                    list.Releases.Select(release => Row(release, session.Time)),
                    empty: session.Value(page) > 1 ? "There are no releases on that page."
                        : session.Value(application) is not null || session.Value(state) is not null
                            ? "There is no such release."
                        : "No release yet: push to a repository, or 'canary run --repo PATH'."
                );
                foreach (var waiting in list.Releases.Where(it => it.WaitingFor is { Length: > 0 } && !it.IsFinal()))
                {
                    session.Screen.Note($"{waiting.Id.Short()} waits for {Words.Printable(waiting.WaitingFor!)}");
                }
                if (list.Next is not null)
                {
                    session.Screen.Note($"There are more: --page {session.Value(page) + 1}, or --all.");
                }
                return ExitCodes.Ok;
            }
        );
    }

    private static string[] Row(Release release, TimeProvider time) =>
        [
            release.Id.Short(),
            release.Application,
            release.Branch ?? "",
            States.ShortCommit(release.Commit),
            release.Standing(),
            release.Version ?? "-",
            Words.Ago(release.ReceivedAt, time),
            release.Title ?? "",
        ];

    private static CliCommand CreateShow(CliContext cli)
    {
        var id = IdArgument(cli);
        return new CliCommand("show", "Show a release: every stage with its times, every host, why it failed.")
        {
            Arguments = { id },
            Examples =
            [
                "canary releases show latest",
                "canary releases show shop@1a2b3c4",
                "canary releases show 3f2a9c1b --json | jq '.stages[] | {name, durationMs}'",
            ],
        }.Runs(
            cli,
            async (session, cancellation) =>
            {
                var release = await session.Client.GetReleaseAsync(session.Value(id), cancellation);
                if (session.Screen.Json)
                {
                    session.Screen.Document(release, json => json.Release);
                }
                else if (session.Screen.Live)
                {
                    session.Screen.Console.Write(
                        ReleaseView.Draw(release, session.Screen.Glyphs, session.Time.GetUtcNow())
                    );
                }
                else
                {
                    foreach (var line in ReleaseLines.Between(null, release))
                    {
                        session.Screen.Line(line);
                    }
                }
                return ExitCodes.Ok;
            }
        );
    }

    private static CliCommand CreateWatch(CliContext cli)
    {
        var id = IdArgument(cli);
        var limit = TimeLimit();
        return new CliCommand("watch", "Follow a release live until it ends; the exit code says how.")
        {
            Arguments = { id },
            Options = { limit },
            Examples =
            [
                "canary releases watch latest",
                "canary releases watch shop@1a2b3c4 --timeout 30m && echo delivered",
                "canary releases watch latest --json | jq -r .phase",
            ],
        }.Runs(
            cli,
            async (session, cancellation) =>
            {
                var release = await ReleaseOutcome.FollowAsync(
                    session,
                    session.Value(id),
                    new FollowOptions { Limit = session.Value(limit) },
                    cancellation
                );
                return await ReleaseOutcome.ConcludeAsync(session, release, cancellation);
            }
        );
    }

    private static CliCommand CreateLogs(CliContext cli)
    {
        var id = IdArgument(cli);
        var stage = new Option<string>("--stage")
        {
            Description = "Whose log: build, package or pre-deploy.",
            HelpName = "STAGE",
            DefaultValueFactory = _ => "build",
        };
        stage.CompletionSources.Add("build", "package", "pre-deploy");
        var host = new Option<string?>("--host")
        {
            Description =
                "What apt, the package's scripts and health checks said on this host, instead of a stage's log.",
            HelpName = "HOST",
        };
        var follow = new Option<bool>("--follow", "-f")
        {
            Description = "Go on as the log grows, until the stage ends, or with --host the release.",
        };
        return new CliCommand("logs", "Print the log of a release's build, or of one of its hosts.")
        {
            Arguments = { id },
            Options = { stage, host, follow },
            Examples =
            [
                "canary releases logs latest",
                "canary releases logs shop@1a2b3c4 --follow",
                "canary releases logs latest --host web-1",
            ],
        }.Runs(
            cli,
            async (session, cancellation) =>
            {
                var log = new ReleaseLog(session.Client, session.Time);
                var ofHost = session.Value(host);
                var ofStage = ofHost is null ? session.Value(stage) : null;
                var lines = log.ReadAsync(session.Value(id), ofStage, ofHost, session.Value(follow), cancellation);
                await foreach (var line in lines)
                {
                    if (session.Screen.Json)
                    {
                        session.Screen.DocumentLine(new(ofStage, line, ofHost), json => json.LogLine);
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

    private static CliCommand CreateDecision(CliContext cli, string name, string description, string done)
    {
        var id = IdArgument(cli);
        var reason = new Option<string?>("--reason", "-m") { Description = "Why, for the record.", HelpName = "TEXT" };
        var wait = new Option<bool>("--wait", "-w")
        {
            Description = "Follow the release to its end; the exit code says how.",
        };
        var fast = new Option<bool>("--fast")
        {
            Description = "Of a completed release: the canaries do not soak; they are checked all the same.",
        };
        var preDeployDone = new Option<bool>("--pre-deploy-done")
        {
            Description = "What script/pre-deploy does is done: the release goes on without it.",
        };
        var limit = TimeLimit();
        var command = new CliCommand(name, description)
        {
            Arguments = { id },
            Options = { wait, limit },
            Examples = [$"canary releases {name} shop@latest", $"canary releases {name} shop@1a2b3c4 --wait"],
        };
        var isGoingBack = name is "rollback" or "abort";
        var hasReason = isGoingBack || name is "pause" or "override";
        reason.Required = name == "override";
        if (hasReason)
        {
            command.Options.Add(reason);
        }
        if (name == "rollback")
        {
            command.Options.Add(fast);
        }
        if (name == "retry")
        {
            command.Options.Add(preDeployDone);
        }
        return command.Runs(
            cli,
            async (session, cancellation) =>
            {
                var release = await session.Client.DecideAsync(
                    session.Value(id),
                    name,
                    session.Decision(hasReason ? session.Value(reason) : null) with
                    {
                        Fast = name == "rollback" && session.Value(fast),
                        PreDeployDone = name == "retry" && session.Value(preDeployDone),
                    },
                    cancellation
                );
                // One that has ended stays as it is: what is decided about it is a release of its own.
                var isNew = States.Is(release.State, "Received");
                if (session.Value(wait))
                {
                    release = await ReleaseOutcome.FollowAsync(
                        session,
                        release.Id.ToString(),
                        new FollowOptions { Limit = session.Value(limit), Until = it => isNew && it.AwaitsPromotion() },
                        cancellation
                    );
                    if (!release.IsFinal())
                    {
                        ReleaseOutcome.SayHowToPromote(session, release);
                    }
                    var code = await ReleaseOutcome.ConcludeAsync(session, release, cancellation);
                    // What was asked for is no failure.
                    return isGoingBack && !isNew && !States.Is(release.State, "Completed") ? ExitCodes.Ok : code;
                }
                if (session.Screen.Json)
                {
                    session.Screen.Document(release, json => json.Release);
                }
                else
                {
                    session.Screen.Line(
                        isNew && release.Deployment is { } deployment
                            ? $"{deployment.Version} is being deployed again, over the canaries."
                        : name == "promote"
                        && release.Approvals is { } approvals
                        && approvals.By.Count + 1 < approvals.Required
                            ? $"Approved: {approvals.Required - approvals.By.Count - 1} more of {approvals.Required} have to."
                        : done
                    );
                    if (name == "rollback")
                    {
                        session.Screen.Note(
                            $"What is pushed now is held until somebody resumes it: canary apps resume {release.Application}"
                        );
                    }
                    session.Screen.Note($"Follow it: canary releases watch {release.Id.Short()}");
                }
                return ExitCodes.Ok;
            }
        );
    }

    private static CliCommand CreateSteering(CliContext cli, string name, string steering, string description)
    {
        var id = IdArgument(cli);
        var host = new Argument<string>("HOST") { Description = "Name of the host in the inventory." };
        return new CliCommand(name, description)
        {
            Arguments = { id, host },
            Examples = [$"canary releases {name} latest web-3"],
        }.Runs(
            cli,
            async (session, cancellation) =>
            {
                var release = await session.Client.SteerAsync(
                    session.Value(id),
                    session.Value(host),
                    steering,
                    session.Decision(null),
                    cancellation
                );
                if (session.Screen.Json)
                {
                    session.Screen.Document(release, json => json.Release);
                }
                else
                {
                    session.Screen.Line(
                        steering == "skip"
                            ? $"{session.Value(host)} is left out of the release."
                            : $"{session.Value(host)} is tried again."
                    );
                }
                return ExitCodes.Ok;
            }
        );
    }

    private static Argument<string> IdArgument(CliContext cli)
    {
        var id = new Argument<string>("ID")
        {
            Description =
                "A release's id or the beginning of it (4 characters or more), APP@COMMIT, APP@latest, or latest: the newest of all applications.",
            // Without it, help would ask the server which there are.
            HelpName = "ID",
        };
        id.CompletionSources.Add(context => LiveCompletions.Releases(cli, context));
        return id;
    }
}
