using System.CommandLine;
using System.Globalization;
using Canary.Cli.Api;
using Canary.Cli.Completion;
using Canary.Cli.Hosts.Bootstrap;
using Canary.Cli.Hosts.Import;
using Canary.Cli.Hosts.Render;
using Canary.Cli.Repositories;
using Canary.Cli.Terminal;

namespace Canary.Cli;

/// <summary><c>canary apps</c> and <c>canary hosts</c>: what runs where.</summary>
internal static class FleetCommands
{
    public static CliCommand CreateApps(CliContext cli) =>
        new CliCommand(
            "apps",
            "List the applications, with the versions that production and canaries should run; add and remove repositories; hold and resume "
                + "deployments."
        )
        {
            Subcommands =
            {
                CreateRepositories(cli),
                RepositoryCommands.CreateAdd(cli),
                RepositoryCommands.CreateRemove(cli),
                CreateDecision(
                    cli,
                    "hold",
                    "Hold the automatic deployments of an application: what is pushed is built and published, and waits. What a person "
                        + "deploys does not.",
                    "Deployments of {0} are held. Resume them: canary apps resume {0}"
                ),
                CreateDecision(
                    cli,
                    "resume",
                    "Resume the automatic deployments of an application: the newest release that waits is rolled out.",
                    "Deployments of {0} go on."
                ),
            },
            Examples = ["canary apps", "canary apps --json | jq -r '.applications[].production.version'"],
        }.Runs(cli, ListAppsAsync);

    public static CliCommand CreateHosts(CliContext cli) =>
        new CliCommand("hosts", "List the hosts of the inventory, with the versions that dpkg reports on them.")
        {
            Subcommands =
            {
                CreateConverge(cli),
                BootstrapCommand.Create(cli),
                ImportCommand.Create(cli),
                RenderCommand.Create(cli),
            },
            Examples =
            [
                "canary hosts",
                "canary hosts --json | jq '.hosts[] | select(.drifts != [])'",
                "canary hosts converge web-3",
                "canary hosts bootstrap web-4 --channel production",
            ],
        }.Runs(cli, ListHostsAsync);

    private static CliCommand CreateRepositories(CliContext cli) =>
        new CliCommand(
            "repositories",
            "List the repositories of the configuration and those that were added: where they lie, when each was looked at for pushes that no "
                + "webhook announced, and why the last one began no release."
        )
        {
            Examples = ["canary apps repositories", "canary apps repositories --json | jq '.repositories[].error'"],
        }.Runs(cli, ListRepositoriesAsync);

    private static async Task<int> ListRepositoriesAsync(Session session, CancellationToken cancellation)
    {
        var list = await session.Client.ListRepositoriesAsync(cancellation);
        if (session.Screen.Json)
        {
            session.Screen.Document(list, json => json.RepositoryList);
            return ExitCodes.Ok;
        }

        session.Screen.Listing(
            ["repository", "source", "application", new("from", Spare: 1), "looked at", "not released"],
            list.Repositories.Select(repository =>
                new[]
                {
                    repository.Name,
                    repository.Source,
                    repository.Application ?? "by its name",
                    repository.AddedBy is { } by ? $"added by {Words.Printable(by)}" : "configuration",
                    LookedAt(repository, session.Time),
                    Words.Printable(repository.NotReleased ?? ""),
                }
            ),
            empty: "No repository is known: list them under ingress.repositories, or add one: canary apps add OWNER/REPO"
        );
        foreach (var repository in list.Repositories.Where(it => it.Error is not null))
        {
            session.Screen.Note(
                $"{repository.Name}: {Words.Printable(repository.Error!)} {Words.Printable(repository.Remedy ?? "")}"
            );
        }

        return ExitCodes.Ok;
    }

    private static string LookedAt(Repository repository, TimeProvider time) =>
        repository.LooksEvery is null ? "never"
        : repository.LookedAt is { } at ? Words.Ago(at, time) + (repository.Error is null ? "" : ", fails")
        : repository.Error is null ? "-"
        : "fails";

    private static CliCommand CreateConverge(CliContext cli)
    {
        var host = new Argument<string?>("HOST")
        {
            Description = "Only this host; default: all.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var application = new Option<string?>("--app", "-a")
        {
            Description = "Only this application.",
            HelpName = "APP",
        };
        application.CompletionSources.Add(context => LiveCompletions.Applications(cli, context));
        return new CliCommand(
            "converge",
            "Bring hosts that do not run what their channel advertises there, whatever was tried before. It happens by itself "
                + "unless deployer.convergence.automatic is off."
        )
        {
            Arguments = { host },
            Options = { application },
            Examples = ["canary hosts converge", "canary hosts converge web-3 --app shop"],
        }.Runs(
            cli,
            async (session, cancellation) =>
            {
                var order = new ConvergenceOrder(
                    session.Value(application),
                    session.Value(host),
                    session.Decision(null).By
                );
                var answer = await session.Client.ConvergeAsync(order, cancellation);
                if (session.Screen.Json)
                {
                    session.Screen.Document(answer, json => json.ConvergingHosts);
                }
                else
                {
                    session.Screen.Line(
                        answer.Hosts.Count == 0
                            ? "No host is known to drift; the deployer looks at them now."
                            : $"The deployer brings {string.Join(", ", answer.Hosts)} to what they should run."
                    );
                    session.Screen.Note("See how far it is: canary hosts");
                }
                return ExitCodes.Ok;
            }
        );
    }

    private static CliCommand CreateDecision(CliContext cli, string name, string description, string done)
    {
        var application = new Argument<string>("APP") { Description = "The application." };
        application.CompletionSources.Add(context => LiveCompletions.Applications(cli, context));
        var reason = new Option<string?>("--reason", "-m") { Description = "Why, for the record.", HelpName = "TEXT" };
        var command = new CliCommand(name, description)
        {
            Arguments = { application },
            Examples = [$"canary apps {name} shop"],
        };
        if (name == "hold")
        {
            command.Options.Add(reason);
        }
        return command.Runs(
            cli,
            async (session, cancellation) =>
            {
                var held = await session.Client.DecideAboutAsync(
                    session.Value(application),
                    name,
                    session.Decision(name == "hold" ? session.Value(reason) : null),
                    cancellation
                );
                if (session.Screen.Json)
                {
                    session.Screen.Document(held, json => json.HeldApplication);
                }
                else
                {
                    session.Screen.Line(string.Format(CultureInfo.InvariantCulture, done, held.Application));
                    if (held.Passed is { } passed)
                    {
                        session.Screen.Note(
                            "What was pushed last does not go on by itself: a person deployed something else while it waited. "
                                + $"Deploy it: canary deploy {held.Application} {passed.Short()}"
                        );
                    }
                }
                return ExitCodes.Ok;
            }
        );
    }

    private static async Task<int> ListAppsAsync(Session session, CancellationToken cancellation)
    {
        var applications = await session.Client.ListApplicationsAsync(cancellation);
        if (session.Screen.Json)
        {
            session.Screen.Document(new Output.ApplicationList(applications), json => json.ApplicationList);
            return ExitCodes.Ok;
        }

        session.Screen.Listing(
            ["application", "production", new("canary", Spare: 2), new("latest", Spare: 3), new("hosts", Spare: 1)],
            applications.Select(app =>
                new[]
                {
                    app.Name,
                    app.Production?.Version ?? "-",
                    app.Canary?.Version ?? "-",
                    States.Words(app.Latest?.Phase ?? app.Latest?.State)
                        + (app.Hold is { } hold ? $" (held by {hold.By})" : ""),
                    $"{app.Hosts}",
                }
            ),
            empty: "No application yet: push to a repository, or 'canary run --repo PATH'."
        );
        return ExitCodes.Ok;
    }

    private static string Drift(HostDrift drift) =>
        $"{drift.Application} {drift.Wanted}" + (drift.Failure is { } failure ? $" ({failure.Code})" : "");

    private static string ShouldRun(Host host) =>
        string.Join(", ", host.Failure is { } failure ? [$"? ({failure.Code})"] : host.Drifts.Select(Drift));

    private static async Task<int> ListHostsAsync(Session session, CancellationToken cancellation)
    {
        var hosts = await session.Client.ListHostsAsync(cancellation);
        if (session.Screen.Json)
        {
            session.Screen.Document(new Output.HostList(hosts), json => json.HostList);
            return ExitCodes.Ok;
        }

        // Who has no use for tags is not shown an empty column.
        var hasTags = hosts.Any(host => host.Tags is { Count: > 0 });
        session.Screen.Listing(
            [
                "host",
                new("address", Spare: 3),
                new("channel", Spare: 5),
                new("role", Spare: 2),
                new("transport", Spare: 1),
                .. (Column[])(hasTags ? [new("tags", Spare: 2)] : []),
                new("last contact", Spare: 4),
                "versions",
                "should run",
            ],
            hosts.Select(host =>
                (string[])
                    [
                        host.Name,
                        host.Address ?? "",
                        States.Words(host.Channel),
                        host.Role ?? "",
                        host.Transport ?? "",
                        .. (string[])(hasTags ? [string.Join(' ', host.Tags ?? [])] : []),
                        host.LastContactAt is { } at ? Words.Ago(at, session.Time) : "-",
                        string.Join(", ", host.Versions.Select(version => $"{version.Key} {version.Value ?? "-"}")),
                        ShouldRun(host),
                    ]
            ),
            empty: "The inventory is empty: name hosts in the inventory file of the server."
        );
        return ExitCodes.Ok;
    }
}
