using System.CommandLine;
using Canary.Cli.Api;

namespace Canary.Cli.Repositories;

/// <summary><c>canary apps add</c> and <c>canary apps remove</c>: repositories beside the configuration.</summary>
internal static class RepositoryCommands
{
    public static CliCommand CreateAdd(CliContext cli)
    {
        var repository = NewRepository();
        var application = new Option<string?>("--app", "-a")
        {
            Description = "The application that it is; default: by the name of the repository.",
            HelpName = "APP",
        };
        return new CliCommand(
            "add",
            "Add a repository at GitHub: the server makes its webhook there, with a secret of its own, and releases what is pushed from now "
                + "on. Once more: the webhook gets another secret."
        )
        {
            Arguments = { repository },
            Options = { application },
            Examples = ["canary apps add acme/shop", "canary apps add acme/web --app shop-web"],
        }.Runs(
            cli,
            async (session, cancellation) =>
            {
                var added = await session.Client.AddRepositoryAsync(
                    new RepositoryOrder
                    {
                        Repository = session.Value(repository),
                        Application = session.Value(application),
                        By = session.Environment.UserName,
                    },
                    cancellation
                );
                if (session.Screen.Json)
                {
                    session.Screen.Document(added, json => json.ChangedRepository);
                }
                else
                {
                    session.Screen.Line(
                        added.IsNew
                            ? $"{added.Name} is added, with its webhook: what is pushed is released as {added.Application}."
                            : $"{added.Name} was added before, as {added.Application}; its webhook has another secret now."
                    );
                    session.Screen.Note($"Release what is there already: canary run --repo {added.Name}");
                }
                return ExitCodes.Ok;
            }
        );
    }

    public static CliCommand CreateRemove(CliContext cli)
    {
        var repository = NewRepository();
        return new CliCommand(
            "remove",
            "Remove a repository that was added, and its webhook: what is pushed is not released any more. What runs on hosts stays."
        )
        {
            Arguments = { repository },
            Examples = ["canary apps remove acme/shop"],
        }.Runs(
            cli,
            async (session, cancellation) =>
            {
                var removed = await session.Client.RemoveRepositoryAsync(
                    session.Value(repository),
                    session.Environment.UserName,
                    cancellation
                );
                if (session.Screen.Json)
                {
                    session.Screen.Document(removed, json => json.ChangedRepository);
                }
                else
                {
                    session.Screen.Line($"{removed.Name} is removed.");
                    if (removed.IsWebhookLeft)
                    {
                        session.Screen.Note(
                            "Its webhook is still at GitHub, where neither an App nor a token lets this server in: delete it there."
                        );
                    }
                }
                return ExitCodes.Ok;
            }
        );
    }

    private static Argument<string> NewRepository() =>
        new("OWNER/REPO") { Description = "The repository, as it is called at GitHub." };
}
