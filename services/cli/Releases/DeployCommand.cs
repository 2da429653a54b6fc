using System.CommandLine;
using Canary.Cli.Api;
using Canary.Cli.Completion;

namespace Canary.Cli.Releases;

/// <summary><c>canary deploy</c>: brings what was published before to the hosts.</summary>
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
                + "before the present one.",
            Arity = ArgumentArity.ZeroOrOne,
            DefaultValueFactory = _ => "previous",
        };
        var fast = new Option<bool>("--fast")
        {
            Description = "The canaries do not soak; they are checked all the same.",
        };
        var reason = new Option<string?>("--reason", "-m") { Description = "Why, for the record.", HelpName = "TEXT" };
        var noWait = new Option<bool>("--no-wait") { Description = "Start the release and return at once." };
        var limit = ReleasesCommand.TimeLimit();
        return new CliCommand(
            "deploy",
            "Deploy a version that was published before: a release of its own, over the canaries, without a build."
        )
        {
            Arguments = { application, target },
            Options = { fast, reason, noWait, limit },
            Examples =
            [
                "canary deploy shop previous",
                "canary deploy shop 1.4.2-1717750800.g1a2b3c4 --reason 'the new one is slow'",
                "canary deploy shop 1a2b3c4 --fast --no-wait --json",
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
                var release = await session.Client.DeployAsync(
                    session.Value(application),
                    new DeploymentOrder
                    {
                        Target = session.Value(target),
                        Fast = session.Value(fast),
                        Reason = session.Value(reason),
                        By = session.Environment.UserName,
                    },
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
}
