using System.CommandLine;
using System.Text.RegularExpressions;
using Canary.Cli.Api;
using Canary.Cli.Repo;

namespace Canary.Cli.Hosts.Bootstrap;

/// <summary><c>canary hosts bootstrap</c>: makes machines hosts, by whatever way machines are set up.</summary>
internal static partial class BootstrapCommand
{
    private const string Ssh = "ssh";

    private static readonly IReadOnlyList<IBootstrapWay> Ways =
    [
        new LineWay(),
        new CloudInitWay(),
        new AnsibleWay(),
        new VagrantWay(),
        new PuppetWay(),
    ];

    public static CliCommand Create(CliContext cli)
    {
        var names = new Argument<string[]>("HOST")
        {
            Description = "Hosts, by their names in the inventory; default: all of it that are reached over SSH.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var inventory = new Option<string?>("--inventory")
        {
            Description = "An inventory file, in place of what the server has.",
            HelpName = "FILE",
        };
        var way = new Option<string>("--as")
        {
            Description = "How the machines are set up: line (for a shell), cloud-init, ansible, vagrant or puppet.",
            HelpName = "WAY",
            DefaultValueFactory = _ => Ways[0].Name,
        };
        way.AcceptOnlyFromAmong([.. Ways.Select(it => it.Name)]);
        var channel = new Option<string?>("--channel")
        {
            Description = "Channel of hosts that are in no inventory yet: canary or production.",
            HelpName = "CHANNEL",
        };
        channel.AcceptOnlyFromAmong("canary", "production");
        var validFor = new Option<TimeSpan?>("--valid-for")
        {
            Description = "How long the token is good, up to 720h; default: 24h.",
            HelpName = "TIME",
            CustomParser = TimeSpans.Parse,
        };
        var user = new Option<string?>("--repository-user")
        {
            Description = "The user that hosts read the package repository as, where it is not open to everybody.",
            HelpName = "NAME",
        };
        var passwordFile = new Option<string?>("--repository-password-file")
        {
            Description = "File whose first line is the password of that user.",
            HelpName = "FILE",
        };
        var output = new Option<string?>("--output", "-o")
        {
            Description = "Write files below this directory; default: print them.",
            HelpName = "DIR",
        };
        var force = new Option<bool>("--force") { Description = "Replace files that are there." };
        return new CliCommand(
            "bootstrap",
            "Make machines hosts: prints what sets them up, with a token by which each of them tells the server its SSH keys, once."
        )
        {
            Arguments = { names },
            Options = { inventory, way, channel, validFor, user, passwordFile, output, force },
            Examples =
            [
                "canary hosts bootstrap web-4 --channel production",
                "canary hosts bootstrap --as ansible --output setup",
                "canary hosts bootstrap --inventory hosts.yml --as cloud-init -o user-data",
            ],
        }.Runs(
            cli,
            async (session, cancellation) =>
            {
                var known = session.Value(inventory) is { } file
                    ? await ReadAsync(session, file, cancellation)
                    : await AskAsync(session, cancellation);
                var hosts = Choose(known, session.Value(names) ?? [], session.Value(channel));
                var reader = await ReadUserAsync(
                    session,
                    session.Value(user),
                    session.Value(passwordFile),
                    cancellation
                );
                var setup = await session.Client.GetHostSetupAsync(cancellation);
                var enrolment = await session.Client.IssueEnrolmentAsync(
                    new EnrolmentOrder(
                        [.. hosts.Select(host => host.Name)],
                        session.Value(validFor),
                        session.Environment.UserName
                    ),
                    cancellation
                );
                var chosen = Ways.First(it => it.Name == session.Value(way));
                var files = chosen.Write(new BootstrapPlan(hosts, setup, enrolment.Token) { User = reader });
                if (session.Value(output) is { } directory)
                {
                    directory = Path.GetFullPath(directory, session.Environment.WorkingDirectory);
                    OutputFiles.Write(directory, files, session.Value(force));
                }

                Show(session, chosen, enrolment, files, directory: session.Value(output));
                if (reader is not null)
                {
                    session.Screen.Note(
                        $"The password of {reader.Name} in it is a secret as well, and stays good: keep what was made to yourself."
                    );
                }

                foreach (var host in hosts.Where(host => known.All(it => it.Host.Name != host.Name)))
                {
                    session.Screen.Note(
                        $"The inventory does not have {host.Name} yet: add it, for example as "
                            + $"{{ name: {host.Name}, address: ADDRESS, channel: {host.Channel}, transport: ssh }}. "
                            + "Its keys come by themselves."
                    );
                }

                return ExitCodes.Ok;
            }
        );
    }

    /// <summary>What the setup would refuse on each machine is refused before there is a token.</summary>
    private static async Task<RepositoryUser?> ReadUserAsync(
        Session session,
        string? name,
        string? passwordFile,
        CancellationToken cancellation
    )
    {
        var user = await RepositoryUser.ReadAsync(
            name,
            passwordFile is null ? null : Path.GetFullPath(passwordFile, session.Environment.WorkingDirectory),
            cancellation
        );
        if (user is not null && !UserName().IsMatch(user.Name))
        {
            throw CliException.Usage(
                CliCodes.Usage,
                $"'{user.Name}' is no user that hosts can read the repository as.",
                "Use letters, digits, ., _, @ and -."
            );
        }

        if (user is not null && !Password().IsMatch(user.Password))
        {
            throw CliException.Usage(
                CliCodes.Usage,
                $"The first line of {passwordFile} is no password that hosts can have.",
                "Give the user one of printable ASCII characters without spaces, for example by openssl rand -base64 24."
            );
        }

        return user;
    }

    private static void Show(
        Session session,
        IBootstrapWay way,
        IssuedEnrolment enrolment,
        IReadOnlyList<Output.BootstrapFile> files,
        string? directory
    )
    {
        if (session.Screen.Json)
        {
            session.Screen.Document(
                new Output.Bootstrap(way.Name, enrolment.Hosts, enrolment.ValidFor, files),
                json => json.Bootstrap
            );
            return;
        }

        foreach (var file in files)
        {
            if (directory is not null)
            {
                session.Screen.Line(Path.Combine(directory, file.Path));
                continue;
            }

            if (files.Count > 1)
            {
                session.Screen.Line($"# --- {file.Path}");
            }

            session.Screen.Line(file.Content.TrimEnd('\n'));
        }

        session.Screen.Note(
            FormattableString.Invariant(
                $"{way.Instruction} The token in it is a secret: it lets each host enrol once, within {enrolment.ValidFor.TotalHours:0.##} hours."
            )
        );
    }

    private static async Task<IReadOnlyList<(BootstrapHost Host, bool IsReachedOverSsh)>> AskAsync(
        Session session,
        CancellationToken cancellation
    ) => [.. (await session.Client.ListHostsAsync(cancellation)).GroupBy(host => host.Name).Select(Known)];

    /// <summary>Consul has a host once for each application and role; a canary of any of them takes what canaries take.</summary>
    private static (BootstrapHost Host, bool IsReachedOverSsh) Known(IGrouping<string, Host> entries)
    {
        var all = entries.ToList();
        var host = all.Find(it => ChannelOf(it) == "canary") ?? all[0];
        return (
            new BootstrapHost(host.Name, host.Address ?? host.Name, ChannelOf(host)),
            all.Exists(it => it.Transport == Ssh)
        );
    }

    private static string ChannelOf(Host host) => (host.Channel ?? "").ToLowerInvariant();

    private static async Task<IReadOnlyList<(BootstrapHost Host, bool IsReachedOverSsh)>> ReadAsync(
        Session session,
        string file,
        CancellationToken cancellation
    ) => InventoryHosts.Read(file, await TextFiles.ReadAsync(session, file, cancellation));

    private static List<BootstrapHost> Choose(
        IReadOnlyList<(BootstrapHost Host, bool IsReachedOverSsh)> known,
        string[] names,
        string? channel
    )
    {
        if (names.Length > 0)
        {
            return [.. names.Distinct(StringComparer.Ordinal).Select(name => Find(known, name, channel))];
        }

        var all = known.Where(it => it.IsReachedOverSsh).Select(it => it.Host).ToList();
        return all.Count > 0
            ? all
            : throw CliException.Usage(
                CliCodes.NothingToSetUp,
                "The inventory has no host that is reached over SSH.",
                "Name machines that are to become hosts: canary hosts bootstrap web-1 --channel production."
            );
    }

    private static BootstrapHost Find(
        IReadOnlyList<(BootstrapHost Host, bool IsReachedOverSsh)> known,
        string name,
        string? channel
    )
    {
        if (!InventoryHosts.HostName().IsMatch(name))
        {
            throw CliException.Usage(
                CliCodes.Usage,
                $"'{name}' is no name of a host.",
                "Use letters, digits, dots and hyphens."
            );
        }

        if (known.FirstOrDefault(it => it.Host.Name == name) is { Host: { } found, IsReachedOverSsh: var isReached })
        {
            return isReached
                ? found
                : throw CliException.Usage(
                    CliCodes.NothingToSetUp,
                    $"{name} is simulated: there is nothing to set up.",
                    "Give it transport: ssh in the inventory if it is a machine."
                );
        }

        return channel is not null
            ? new BootstrapHost(name, name, channel)
            : throw CliException.Usage(
                CliCodes.ChannelMissing,
                $"The inventory does not have {name}, so nobody knows whether it is a canary.",
                "Add it there, or say it: --channel canary or --channel production."
            );
    }

    [GeneratedRegex(@"\A[A-Za-z0-9._@-]+\z")]
    private static partial Regex UserName();

    [GeneratedRegex(@"\A[!-~]+\z")]
    private static partial Regex Password();
}
