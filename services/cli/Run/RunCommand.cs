using System.CommandLine;
using Canary.Cli.Api;
using Canary.Cli.Releases;
using Canary.Cli.Server;
using Spectre.Console;

namespace Canary.Cli.Run;

/// <summary><c>canary run</c>: the whole pipeline on a repository of one's own, with one command.</summary>
internal static class RunCommand
{
    public static CliCommand Create(CliContext cli)
    {
        var repository = new Option<string>("--repo", "-C")
        {
            Description = "The git repository: a path, or an address that the server can fetch from.",
            HelpName = "PATH|URL",
            DefaultValueFactory = _ => ".",
        };
        var branch = new Option<string?>("--branch", "-b")
        {
            Description = "The branch; default: the one that is checked out.",
            HelpName = "NAME",
        };
        var commit = new Option<string?>("--commit", "-c")
        {
            Description = "The commit; default: the newest of the branch.",
            HelpName = "COMMIT",
        };
        var promote = new Option<bool>("--promote", "-y")
        {
            Description =
                "Promote by itself once the canaries are well; default: ask, or say how where nobody can be asked.",
        };
        var application = new Option<string?>("--app", "-a")
        {
            Description = "Name of the application; default: as the server is configured, else the repository's name.",
            HelpName = "APP",
        };
        var buildOnly = new Option<bool>("--build-only") { Description = "Build and report; deploy nothing." };
        var noWait = new Option<bool>("--no-wait") { Description = "Start the release and return at once." };
        var limit = ReleasesCommand.TimeLimit();

        return new CliCommand(
            "run",
            "Release a commit of a git repository: build, package, publish, canary, production. Starts a server if none runs "
                + "here."
        )
        {
            Options = { repository, branch, commit, application, promote, buildOnly, noWait, limit },
            Examples =
            [
                "canary run --repo .",
                "canary run --repo ../shop --branch main --promote",
                "canary run --repo . --commit 1a2b3c4 --no-wait --json",
                "canary run --repo https://git.example.org/acme/shop.git --server https://canary.example.org",
            ],
        }.Runs(
            cli,
            async (session, cancellation) =>
            {
                var request = await RequestAsync(
                    session,
                    session.Value(repository)!,
                    session.Value(branch),
                    session.Value(commit),
                    cancellation
                );
                request = request with
                {
                    Application = session.Value(application),
                    Deploy = session.Value(buildOnly) ? false : null,
                    By = session.Environment.UserName,
                };
                await EnsureServerAsync(session, cancellation);

                var release = await session.Client.StartReleaseAsync(request, cancellation);
                foreach (var warning in release.Warnings ?? [])
                {
                    session.Screen.Note(warning);
                }
                if (session.Value(noWait))
                {
                    Started(session, release);
                    return ExitCodes.Ok;
                }
                release = await FollowAsync(
                    session,
                    release,
                    session.Value(promote),
                    session.Value(limit),
                    cancellation
                );
                return await ReleaseOutcome.ConcludeAsync(session, release, cancellation);
            }
        );
    }

    private static async Task<ManualRelease> RequestAsync(
        Session session,
        string repository,
        string? branch,
        string? commit,
        CancellationToken cancellation
    )
    {
        if (repository.Contains("://", StringComparison.Ordinal))
        {
            return new ManualRelease
            {
                Repository = repository,
                Branch = branch,
                Commit = commit,
            };
        }

        var path = Path.GetFullPath(repository, session.Environment.WorkingDirectory);
        var revision = await LocalRevision.FindAsync(path, branch, commit, cancellation);
        if (revision.HasUncommittedChanges)
        {
            session.Screen.Note("The repository has uncommitted changes; what is released is the commit.");
        }
        return new ManualRelease
        {
            Repository = revision.Repository,
            Branch = revision.Branch,
            Commit = revision.Commit,
        };
    }

    private static async Task EnsureServerAsync(Session session, CancellationToken cancellation)
    {
        if (
            session.Locator.IsExplicit
            || await ServerProcess.FindRunningAsync(session.Locator, cancellation) is not null
        )
        {
            return;
        }
        session.Screen.Note($"No server runs here; starting one with its data in {session.Locator.DataDirectory}.");
        var server = await ServerProcess.StartAsync(
            session,
            ServerProcess.FreeListen(),
            configuration: null,
            cancellation
        );
        session.Screen.Note($"It listens on {server.Address} and stays up; stop it with 'canary server stop'.");
    }

    private static async Task<Release> FollowAsync(
        Session session,
        Release release,
        bool promote,
        TimeSpan? limit,
        CancellationToken cancellation
    )
    {
        var id = release.Id.ToString();
        var promoted = false;
        var options = new FollowOptions
        {
            Limit = limit,
            Until = now => !promoted && now.AwaitsPromotion(),
            OnChange = async (now, stop) =>
            {
                if (promote && !promoted && now.AwaitsPromotion())
                {
                    await PromoteAsync(stop);
                }
            },
        };

        release = await ReleaseOutcome.FollowAsync(session, id, options, cancellation);
        if (!release.IsFinal() && await AsksToPromoteAsync(session, release, cancellation))
        {
            await PromoteAsync(cancellation);
            release = await ReleaseOutcome.FollowAsync(session, id, options, cancellation);
        }
        if (!release.IsFinal())
        {
            session.Screen.Note(
                $"The canaries are well and the release waits. Promote it: canary releases promote {release.Id.Short()}; "
                    + $"or take it back: canary releases rollback {release.Id.Short()}."
            );
        }
        return release;

        async Task PromoteAsync(CancellationToken stop)
        {
            promoted = true;
            await session.Client.DecideAsync(id, "promote", session.Decision(), stop);
        }
    }

    private static async Task<bool> AsksToPromoteAsync(Session session, Release release, CancellationToken cancellation)
    {
        if (!session.Screen.CanAsk)
        {
            return false;
        }
        var question = new ConfirmationPrompt(
            $"The canaries are well. Promote {Markup.Escape(release.Application)} to production?"
        )
        {
            DefaultValue = false,
        };
        return await session.Screen.Console.PromptAsync(question, cancellation);
    }

    private static void Started(Session session, Release release)
    {
        if (session.Screen.Json)
        {
            session.Screen.Document(release, json => json.Release);
            return;
        }
        session.Screen.Line(release.Id.ToString());
        session.Screen.Note($"Follow it: canary releases watch {release.Id.Short()}");
    }
}
