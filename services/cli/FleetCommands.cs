using Canary.Cli.Api;

namespace Canary.Cli;

/// <summary><c>canary apps</c> and <c>canary hosts</c>: what runs where.</summary>
internal static class FleetCommands
{
    public static CliCommand CreateApps(CliContext cli) =>
        new CliCommand("apps", "List the applications, with the versions that production and canaries should run.")
        {
            Examples =
            [
                "canary apps",
                "canary apps --json | jq -r '.applications[] | [.name, .production.version] | @tsv'",
            ],
        }.Runs(cli, ListAppsAsync);

    public static CliCommand CreateHosts(CliContext cli) =>
        new CliCommand("hosts", "List the hosts of the inventory, with the versions that dpkg reports on them.")
        {
            Examples = ["canary hosts", "canary hosts --json | jq '.hosts[] | select(.channel == \"canary\")'"],
        }.Runs(cli, ListHostsAsync);

    private static async Task<int> ListAppsAsync(Session session, CancellationToken cancellation)
    {
        var applications = await session.Client.ListApplicationsAsync(cancellation);
        if (session.Screen.Json)
        {
            session.Screen.Document(new Output.ApplicationList(applications), json => json.ApplicationList);
            return ExitCodes.Ok;
        }

        session.Screen.Listing(
            ["application", "production", "canary", "latest", "hosts"],
            applications.Select(app =>
                new[]
                {
                    app.Name,
                    app.Production?.Version ?? "-",
                    app.Canary?.Version ?? "-",
                    States.Words(app.Latest?.Phase ?? app.Latest?.State),
                    $"{app.Hosts}",
                }
            ),
            empty: "No application yet: push to a repository, or 'canary run --repo PATH'."
        );
        return ExitCodes.Ok;
    }

    private static async Task<int> ListHostsAsync(Session session, CancellationToken cancellation)
    {
        var hosts = await session.Client.ListHostsAsync(cancellation);
        if (session.Screen.Json)
        {
            session.Screen.Document(new Output.HostList(hosts), json => json.HostList);
            return ExitCodes.Ok;
        }

        session.Screen.Listing(
            ["host", "address", "channel", "role", "transport", "versions"],
            hosts.Select(host =>
                new[]
                {
                    host.Name,
                    host.Address ?? "",
                    States.Words(host.Channel),
                    host.Role ?? "",
                    host.Transport ?? "",
                    string.Join(", ", host.Versions.Select(version => $"{version.Key} {version.Value ?? "-"}")),
                }
            ),
            empty: "The inventory is empty: name hosts in the inventory file of the server."
        );
        return ExitCodes.Ok;
    }
}
