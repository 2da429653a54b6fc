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
                "Promoted already: healthy canaries go on to production, also with --no-wait; default: ask, or say how where nobody "
                + "can be asked.",
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
                "canary run --repo https://git.example.org/acme/shop.git --no-wait",
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
                    Promote = session.Value(promote),
                };
                await EnsureServerAsync(session, cancellation);
                if (!IsAddress(request.Repository))
                {
                    await CommitCheck.RunAsync(session, request, cancellation);
                }

                var release = await session.Client.StartReleaseAsync(request, cancellation);
                foreach (var warning in release.Warnings ?? [])
                {
                    session.Screen.Note(warning);
                }
                if (release.NothingStarted is { } reason)
                {
                    throw new CliException(
                        ExitCodes.Conflict,
                        CliCodes.NothingStarted,
                        $"nothing was started: {reason}",
                        release.IsFinal()
                            ? $"Look at it: canary releases show {release.Id.Short()}."
                            : $"Follow it: canary releases watch {release.Id.Short()}."
                    );
                }
                if (session.Value(noWait))
                {
                    ReleaseOutcome.Started(session, release);
                    return ExitCodes.Ok;
                }
                release = await FollowAsync(session, release, session.Value(limit), cancellation);
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
        if (IsAddress(repository))
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

    private static bool IsAddress(string repository) => repository.Contains("://", StringComparison.Ordinal);

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
        TimeSpan? limit,
        CancellationToken cancellation
    )
    {
        var id = release.Id.ToString();
        var options = new FollowOptions { Limit = limit, Until = States.AwaitsPromotion };
        release = await ReleaseOutcome.FollowAsync(session, id, options, cancellation);
        if (!release.IsFinal() && session.Screen.CanAsk)
        {
            switch (await AskToPromoteAsync(session, release, cancellation))
            {
                case true:
                    await session.Client.DecideAsync(id, "promote", session.Decision(), cancellation);
                    break;
                case false:
                    ReleaseOutcome.SayHowToPromote(session, release);
                    return release;
            }
            return await ReleaseOutcome.FollowAsync(session, id, new FollowOptions { Limit = limit }, cancellation);
        }
        if (!release.IsFinal())
        {
            ReleaseOutcome.SayHowToPromote(session, release);
        }
        return release;
    }

    /// <returns><c>null</c>: it was decided elsewhere, or the release has ended.</returns>
    private static async Task<bool?> AskToPromoteAsync(Session session, Release release, CancellationToken cancellation)
    {
        var question = new ConfirmationPrompt(
            $"The canaries are healthy. Promote {Markup.Escape(release.Application)} to production?"
        )
        {
            DefaultValue = false,
        };
        using var decided = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var watching = WatchAsync();
        try
        {
            return await session.Screen.Console.PromptAsync(question, decided.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            session.Screen.Console.WriteLine();
            session.Screen.Note("It was decided elsewhere.");
            return null;
        }
        finally
        {
            await decided.CancelAsync();
            await watching;
        }

        async Task WatchAsync()
        {
            try
            {
                var follower = new ReleaseFollower(session.Client, session.Time);
                await foreach (var now in follower.FollowAsync(release.Id.ToString(), decided.Token))
                {
                    if (!now.AwaitsPromotion())
                    {
                        break;
                    }
                }
                await decided.CancelAsync();
            }
            catch (Exception e) when (e is OperationCanceledException or CliException)
            {
                // Whoever answers finds out.
            }
        }
    }
}
