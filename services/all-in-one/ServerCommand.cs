using System.CommandLine;
using Canary.CiCoordinator;
using Canary.Consul;
using Canary.Deployer;
using Canary.Files;
using Canary.Hosting;
using Canary.Hosting.Configuration;
using Canary.Ingress;
using Canary.Packager;
using Canary.RepositoryPublisher;

namespace Canary.AllInOne;

/// <summary>The command line of <c>canary-server</c>.</summary>
internal static class ServerCommand
{
    public static RootCommand Create()
    {
        var data = new Option<DirectoryInfo>("--data")
        {
            Description = "Directory for everything that the server keeps: databases, packages, keys, logs.",
            DefaultValueFactory = _ => new DirectoryInfo(DataDirectory.DefaultPath()),
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

        var command = new RootCommand(
            "Continuous delivery for Debian packages: ingress, CI coordinator, packager, repository publisher and deployer "
                + "in one process, with an embedded database and no message broker."
        )
        {
            data,
            config,
            listen,
            settings,
        };
        command.SetAction(
            (parsed, cancellation) =>
                RunAsync(
                    parsed.GetRequiredValue(data),
                    parsed.GetValue(config),
                    parsed.GetValue(listen),
                    parsed.GetValue(settings) ?? [],
                    cancellation
                )
        );
        return command;
    }

    private static Task<int> RunAsync(
        DirectoryInfo data,
        FileInfo? config,
        string? listen,
        string[] settings,
        CancellationToken cancellation
    ) =>
        StartFaults.ExplainAsync(
            "canary-server",
            config?.FullName,
            () => RunHostAsync(data.FullName, config?.FullName, Settings(data, listen, settings), cancellation)
        );

    private static async Task RunHostAsync(
        string data,
        string? config,
        string[] settings,
        CancellationToken cancellation
    )
    {
        using var ownership = DataOwnership.Take(data);
        var host = CanaryHost.CreateBuilder(settings, config, EmbeddedDefaults);
        host.AddConsul().AddIngress().AddCiCoordinator().AddPackager().AddRepositoryPublisher().AddDeployer();

        await using var app = host.Build();
        ServerFile.KeepFor(app, data);
        await app.RunAsync(cancellation);
    }

    /// <summary>What suits a single process on one machine, and would not suit a cluster.</summary>
    private static Dictionary<string, string?> EmbeddedDefaults =>
        new() { ["ingress:allowlocalrepositories"] = "true" };

    private static string[] Settings(DirectoryInfo data, string? listen, string[] settings) =>
        [
            $"hosting:data={data.FullName}",
            .. listen is null ? (string[])[] : [$"hosting:listen={listen}"],
            .. settings.Select(ConfigurationKeys.NormaliseSetting),
        ];
}
