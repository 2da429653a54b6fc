using System.CommandLine;
using Canary.Cli.Api;
using Canary.Cli.Demo;

namespace Canary.Cli.Server;

/// <summary><c>canary server …</c>: the all-in-one host of this machine, in the background.</summary>
internal static class ServerCommand
{
    public static CliCommand Create(CliContext cli) =>
        new("server", "Start, stop or look at the all-in-one host of this machine.")
        {
            CreateStart(cli),
            CreateStop(cli),
            CreateStatus(cli),
        };

    private static CliCommand CreateStart(CliContext cli)
    {
        var listen = new Option<string?>("--listen")
        {
            Description =
                $"Where it listens; port 0 takes a free one. Default: as its configuration file says, else {ServerProcess.DefaultListen}",
            HelpName = "URL",
        };
        var configuration = new Option<string?>("--config")
        {
            Description = "Its configuration file.",
            HelpName = "FILE",
        };
        return new CliCommand("start", "Start the server in the background and wait until it is ready.")
        {
            Options = { listen, configuration },
            Examples = ["canary server start", "canary server start --data ./canary --listen http://127.0.0.1:0"],
        }.Runs(
            cli,
            async (asked, cancellation) =>
            {
                var file = Absolute(asked, asked.Value(configuration));
                using var session = await ServerProcess.WithDataOfAsync(asked, file, cancellation);
                var running = await ServerProcess.FindRunningAsync(session.Locator, cancellation);
                var started =
                    running ?? await ServerProcess.StartAsync(session, session.Value(listen), file, cancellation);
                if (session.Screen.Json)
                {
                    session.Screen.Document(Describe(session, started), json => json.ServerDocument);
                    return ExitCodes.Ok;
                }
                session.Screen.Line(
                    running is null
                        ? $"The server listens on {started.Address} (process {started.Pid})."
                        : $"The server runs already: {started.Address} (process {started.Pid})."
                );
                session.Screen.Note($"Dashboard: {started.Address}   data: {session.Locator.DataDirectory}");
                if (ServerProcess.FingerprintIn(session.Locator.DataDirectory) is { } fingerprint)
                {
                    session.Screen.Note(
                        $"Key of its packages: {fingerprint} (--fingerprint of canary-host setup, or of hosts/install.sh)"
                    );
                }
                if (session.Locator.DataDirectory != asked.Locator.DataDirectory)
                {
                    session.Screen.Note(
                        $"Other commands find it there: --data {session.Locator.DataDirectory}, or CANARY_DATA."
                    );
                }
                return ExitCodes.Ok;
            }
        );
    }

    private static CliCommand CreateStop(CliContext cli)
    {
        var hosts = new Option<bool>("--hosts")
        {
            Description = "End what runs on simulated hosts too: services that packages have started there.",
        };
        return new CliCommand("stop", "Stop the server of this machine; unfinished releases go on at its next start.")
        {
            Options = { hosts },
            Examples = ["canary server stop", "canary server stop --hosts", "canary server stop --data ./canary"],
        }.Runs(
            cli,
            async (session, cancellation) =>
            {
                var running = await ServerProcess.FindRunningAsync(session.Locator, cancellation);
                if (running is not null)
                {
                    await ServerProcess.StopAsync(running, session.Time, cancellation);
                }
                var directory = Path.Combine(session.Locator.DataDirectory, "deployer", "hosts");
                if (session.Value(hosts))
                {
                    await LocalFleet.StopServicesAsync(directory, session.Time);
                }
                if (session.Screen.Json)
                {
                    session.Screen.Document(Describe(session, null), json => json.ServerDocument);
                }
                else
                {
                    session.Screen.Line(running is null ? "No server runs here." : "The server has stopped.");
                    if (LocalFleet.HasServices(directory))
                    {
                        session.Screen.Note("Services on simulated hosts go on. End them: canary server stop --hosts");
                    }
                }
                return ExitCodes.Ok;
            }
        );
    }

    private static CliCommand CreateStatus(CliContext cli) =>
        new CliCommand("status", "Tell whether the server runs, where, and how it is; exit code 3 if it does not.")
        {
            Examples = ["canary server status", "canary server status --json | jq -r .address"],
        }.Runs(
            cli,
            async (session, cancellation) =>
            {
                var server = session.Locator.IsExplicit
                    ? null
                    : await ServerProcess.FindRunningAsync(session.Locator, cancellation);
                if (server is null && !session.Locator.IsExplicit)
                {
                    return NotRunning(session);
                }

                var status = await session.Client.GetStatusAsync(cancellation);
                var address = session.Locator.Locate().Uri.ToString().TrimEnd('/');
                if (session.Screen.Json)
                {
                    var document = Describe(session, server) with
                    {
                        Running = true,
                        Address = address,
                        Status = status,
                    };
                    session.Screen.Document(document, json => json.ServerDocument);
                    return ExitCodes.Ok;
                }
                session.Screen.Line($"The server runs: {address}, version {status.Version}, up {status.Uptime}.");
                if (server is not null)
                {
                    session.Screen.Line($"Process {server.Pid}; data in {session.Locator.DataDirectory};");
                    session.Screen.Line($"log in {ServerProcess.LogPath(session.Locator.DataDirectory)}");
                }
                session.Screen.Listing(
                    ["check", "status", new("detail") { Wraps = true }],
                    status.Checks.Select(check => new[] { check.Name, check.Status, check.Detail ?? "" }),
                    empty: ""
                );
                return ExitCodes.Ok;
            }
        );

    private static int NotRunning(Session session)
    {
        if (session.Screen.Json)
        {
            session.Screen.Document(Describe(session, null), json => json.ServerDocument);
        }
        else
        {
            session.Screen.Line($"No server runs here (data directory {session.Locator.DataDirectory}).");
            session.Screen.Note("Start one: canary server start");
        }
        return ExitCodes.Unreachable;
    }

    private static Output.ServerDocument Describe(Session session, ServerFile? server)
    {
        var data = session.Locator.DataDirectory;
        return new(server is not null, server?.Address, server?.Pid, data, ServerProcess.LogPath(data))
        {
            Fingerprint = server is null ? null : ServerProcess.FingerprintIn(data),
        };
    }

    private static string? Absolute(Session session, string? path) =>
        path is null ? null : Path.GetFullPath(path, session.Environment.WorkingDirectory);
}
