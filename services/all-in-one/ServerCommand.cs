using System.CommandLine;
using System.CommandLine.Help;
using Canary.AllInOne.Backups;
using Canary.CiCoordinator;
using Canary.Consul;
using Canary.Deployer;
using Canary.Hosting;
using Canary.Hosting.Configuration;
using Canary.Ingress;
using Canary.Packager;
using Canary.RepositoryPublisher;

namespace Canary.AllInOne;

/// <summary>The command line of <c>canary-server</c>.</summary>
internal static class ServerCommand
{
    private const int LeastHelpWidth = 60;
    private const int MostHelpWidth = 100;

    public static RootCommand Create()
    {
        var data = new Option<DirectoryInfo?>("--data")
        {
            Description =
                "Directory for everything that the server keeps: databases, packages, keys, logs. Default: CANARY_DATA, else "
                + "hosting.data of the configuration file, else /var/lib/canary for root and ~/.local/share/canary for everyone "
                + "else.",
            HelpName = "DIR",
        };
        var config = new Option<FileInfo?>("--config")
        {
            Description = "Configuration file (YAML); every setting has a default. See docs/configuration.md.",
            HelpName = "FILE",
        };
        var listen = new Option<string?>("--listen")
        {
            Description =
                "Address to listen on, for example http://0.0.0.0:8480; port 0 takes a free one. "
                + $"Default: {new HostingOptions().Listen}",
            HelpName = "URL",
        };
        var settings = new Option<string[]>("--set")
        {
            Description = "A single setting, as --set deployer.soak=00:01:00; wins over the file. May be repeated.",
            HelpName = "KEY=VALUE",
        };

        var showData = new Option<bool>("--show-data")
        {
            Description = "Only tell which data directory it would be.",
            Hidden = true,
        };

        var command = new RootCommand(
            "Continuous delivery for Debian packages: ingress, CI coordinator, packager, repository publisher and deployer "
                + "in one process, with an embedded database and no message broker."
        )
        {
            data,
            config,
            listen,
            settings,
            showData,
        };
        var help = (HelpAction)command.Options.OfType<HelpOption>().Single().Action!;
        help.MaxWidth = HelpWidth;
        foreach (Option option in (Option[])[data, config, listen, settings])
        {
            option.Recursive = true;
        }

        var backups = new BackupCommands(Host, config);
        command.Add(backups.CreateBackup());
        command.Add(backups.CreateRestore());
        command.SetAction(
            (parsed, cancellation) =>
                RunAsync(
                    parsed.GetValue(data),
                    parsed.GetValue(config),
                    parsed.GetValue(listen),
                    parsed.GetValue(settings) ?? [],
                    parsed.GetValue(showData),
                    cancellation
                )
        );
        return command;

        CanaryHostBuilder Host(ParseResult parsed, FileInfo? configuration) =>
            CanaryHost.CreateBuilder(
                Settings(parsed.GetValue(data), parsed.GetValue(listen), parsed.GetValue(settings) ?? []),
                configuration?.FullName,
                EmbeddedDefaults
            );
    }

    /// <summary>As wide as the terminal, where there is one, and no wider than is good to read.</summary>
    private static int HelpWidth =>
        !Console.IsOutputRedirected && Console.WindowWidth is > 0 and var width
            ? Math.Clamp(width, LeastHelpWidth, MostHelpWidth)
            : MostHelpWidth;

    private static Task<int> RunAsync(
        DirectoryInfo? data,
        FileInfo? config,
        string? listen,
        string[] settings,
        bool onlyShowsData,
        CancellationToken cancellation
    ) =>
        StartFaults.ExplainAsync(
            "canary-server",
            config?.FullName,
            async () =>
            {
                var host = CanaryHost.CreateBuilder(
                    Settings(data, listen, settings),
                    config?.FullName,
                    EmbeddedDefaults
                );
                if (onlyShowsData)
                {
                    await Console.Out.WriteLineAsync(host.DataPath);
                    return;
                }

                await RunHostAsync(host, cancellation);
            }
        );

    private static async Task RunHostAsync(CanaryHostBuilder host, CancellationToken cancellation)
    {
        using var ownership = DataOwnership.Take(host.DataPath);
        Restoration.RefuseUnfinished(host.DataPath);
        host.AddConsul().AddIngress().AddCiCoordinator().AddPackager().AddRepositoryPublisher().AddDeployer();

        await using var app = host.Build();
        ServerFile.KeepFor(app, host.DataPath);
        ServiceManager.NotifyFor(app);
        if (host.OverriddenDataPath is { } overridden)
        {
            app.Logger.LogWarning(
                "The data directory is {Data}, as the command line or the environment says; hosting.data in the configuration "
                    + "file, {Overridden}, does not count",
                host.DataPath,
                overridden
            );
        }

        await app.RunAsync(cancellation);
    }

    /// <summary>What suits a single process on one machine, and would not suit a cluster.</summary>
    private static Dictionary<string, string?> EmbeddedDefaults =>
        new() { ["ingress:allowlocalrepositories"] = "true" };

    private static string[] Settings(DirectoryInfo? data, string? listen, string[] settings) =>
        [
            .. data is null ? (string[])[] : [$"hosting:data={data.FullName}"],
            .. listen is null ? (string[])[] : [$"hosting:listen={listen}"],
            .. settings.Select(ConfigurationKeys.NormaliseSetting),
        ];
}
