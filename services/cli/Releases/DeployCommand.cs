using System.CommandLine;
using Canary.Cli.Api;
using Canary.Cli.Completion;
using Canary.Cli.Packages;

namespace Canary.Cli.Releases;

/// <summary><c>canary deploy</c>: brings to the hosts what was published before, or was built elsewhere.</summary>
internal static class DeployCommand
{
    public static CliCommand Create(CliContext cli)
    {
        var application = new Argument<string>("APP") { Description = "The application." };
        application.CompletionSources.Add(context => LiveCompletions.Applications(cli, context));
        var target = new Argument<string>("TARGET")
        {
            Description =
                "What to deploy: a version, a commit or a release (its beginning is enough), or previous: the version that ran "
                + "before the present one. Or a file that ends in .deb: a package that was built elsewhere.",
            Arity = ArgumentArity.ZeroOrOne,
            DefaultValueFactory = _ => "previous",
        };
        var fast = new Option<bool>("--fast")
        {
            Description = "The canaries do not soak; they are checked all the same.",
        };
        var promote = new Option<bool>("--promote")
        {
            Description = "With a file: healthy canaries go on to production without being promoted.",
        };
        var reason = new Option<string?>("--reason", "-m") { Description = "Why, for the record.", HelpName = "TEXT" };
        var noWait = new Option<bool>("--no-wait") { Description = "Start the release and return at once." };
        var limit = ReleasesCommand.TimeLimit();
        return new CliCommand(
            "deploy",
            "Deploy a version that was published before, or a package that was built elsewhere: a release of its own, over the canaries, "
                + "without a build."
        )
        {
            Arguments = { application, target },
            Options = { fast, promote, reason, noWait, limit },
            Examples =
            [
                "canary deploy shop previous",
                "canary deploy shop 1.4.2-1717750800.g1a2b3c4 --reason 'the new one is slow'",
                "canary deploy shop 1a2b3c4 --fast --no-wait --json",
                "canary deploy shop ./shop_1.5.0_amd64.deb --promote",
            ],
        }.Runs(
            cli,
            async (session, cancellation) =>
            {
                if (string.IsNullOrWhiteSpace(session.Value(target)))
                {
                    throw CliException.Usage(
                        CliCodes.Usage,
                        "TARGET is an empty text.",
                        "Name a version, a commit or a release, or previous; leave it out for previous."
                    );
                }
                var release = IsFile(session.Value(target))
                    ? await UploadAsync(
                        session,
                        session.Value(application),
                        session.Value(target),
                        session.Value(promote),
                        isMisled: session.Value(fast) || session.Value(reason) is not null,
                        cancellation
                    )
                    : await DeployAsync(
                        session,
                        session.Value(application),
                        new DeploymentOrder
                        {
                            Target = session.Value(target),
                            Fast = session.Value(fast),
                            Reason = session.Value(reason),
                            By = session.Environment.UserName,
                        },
                        isMisled: session.Value(promote),
                        cancellation
                    );
                if (session.Value(noWait))
                {
                    ReleaseOutcome.Started(session, release);
                    return ExitCodes.Ok;
                }
                release = await ReleaseOutcome.FollowAsync(
                    session,
                    release.Id.ToString(),
                    new FollowOptions { Limit = session.Value(limit), Until = States.AwaitsPromotion },
                    cancellation
                );
                if (!release.IsFinal())
                {
                    ReleaseOutcome.SayHowToPromote(session, release);
                }
                return await ReleaseOutcome.ConcludeAsync(session, release, cancellation);
            }
        );
    }

    /// <summary>No version, commit or release ends like that.</summary>
    private static bool IsFile(string target) => target.EndsWith(".deb", StringComparison.Ordinal);

    private static Task<Release> DeployAsync(
        Session session,
        string application,
        DeploymentOrder order,
        bool isMisled,
        CancellationToken cancellation
    ) =>
        isMisled
            ? throw CliException.Usage(
                CliCodes.Usage,
                "--promote is for a file.",
                "Leave it out, and promote the release when its canaries are healthy: canary releases promote ID."
            )
            : session.Client.DeployAsync(application, order, cancellation);

    /// <summary>Releases a file; one that was released already has that release.</summary>
    private static async Task<Release> UploadAsync(
        Session session,
        string application,
        string file,
        bool promotes,
        bool isMisled,
        CancellationToken cancellation
    )
    {
        if (isMisled)
        {
            throw CliException.Usage(
                CliCodes.Usage,
                "--fast and --reason are for versions that were published before, not for a file.",
                "Leave them out."
            );
        }

        var path = Path.GetFullPath(file, session.Environment.WorkingDirectory);
        var release = await PackageUpload.SendAsync(session, path, application, promotes, cancellation);
        if (release.NothingStarted is { } reason)
        {
            session.Screen.Note($"Nothing was started: {reason}");
        }

        return release;
    }
}
