using System.Security.Cryptography;
using System.Text.Json;
using Canary.Cli.Api;
using Canary.Cli.Doctor;
using Canary.Cli.Local;
using Canary.Cli.Server;
using Canary.Cli.Terminal;

namespace Canary.Cli.Demo;

/// <summary>Everything of a demo in one private directory, and the way to leave nothing of it behind.</summary>
internal sealed class PrivatePlace : IDemoPlace
{
    private const string ConfigurationName = "canary-demo.yml";

    private PrivatePlace(string path) => Path = path;

    public string Path { get; }
    public string Data => In("data");
    public string Repository => In("shop");
    public string Log => ServerProcess.LogPath(Data);
    public string Opening => "A private place: a server, a repository, four hosts";

    private string Hosts => In("hosts");
    private string Configuration => In(ConfigurationName);
    private string Inventory => In("hosts.yml");
    private string SecretFile => In("webhook-secret");

    public static PrivatePlace Create(string? wanted)
    {
        if (wanted is null)
        {
            return new(Directory.CreateTempSubdirectory("canary-demo-").FullName);
        }
        if (Directory.Exists(wanted) && Directory.EnumerateFileSystemEntries(wanted).Any())
        {
            throw CliException.Usage(
                CliCodes.DirectoryNotEmpty,
                $"{wanted} is not empty.",
                "Give a directory that is empty or not there yet."
            );
        }
        Directory.CreateDirectory(wanted, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return new(wanted);
    }

    /// <summary>A demo that was left running with <c>--keep</c>.</summary>
    public static PrivatePlace Find(string path) =>
        File.Exists(System.IO.Path.Combine(path, ConfigurationName))
            ? new(path)
            : throw CliException.Usage(
                CliCodes.NotADemo,
                $"{path} is no directory of a demo.",
                "Give the directory that 'canary demo --keep' printed."
            );

    /// <summary>Looks, before anything is made, whether this machine has what the demo needs.</summary>
    /// <exception cref="CliException"><c>tool-missing</c> or <c>isolation-unavailable</c>.</exception>
    public static async Task RequireMachineAsync(Session session, CancellationToken cancellation)
    {
        var checks = new LocalChecks(session);
        var missing = (await checks.ToolsAsync(cancellation)).FirstOrDefault(LocalChecks.IsFailed);
        missing ??= Tool.Find("perl", session.Environment.Variable("PATH")) is null
            ? LocalChecks.Missing("perl", "perl", "perl-base")
            : null;
        if (missing is not null)
        {
            throw CliException.Usage(CliCodes.ToolMissing, missing.Detail!, missing.Remedy!);
        }

        var isolation = await checks.IsolationAsync(cancellation);
        if (LocalChecks.IsFailed(isolation))
        {
            throw CliException.Usage(CliCodes.IsolationUnavailable, isolation.Detail!, isolation.Remedy!);
        }
    }

    public async Task<DemoScene> OpenAsync(Session session, TimeSpan? soak, CancellationToken cancellation)
    {
        var fleet = new LocalFleet(Hosts, session.Environment.Variable("PATH"));
        var secret = Configure(fleet, soak);
        var start = session.Time.GetTimestamp();
        var server = await ServerProcess.StartAsync(session, ServerProcess.AnyListen, Configuration, cancellation);
        var taken = Words.Duration(session.Time.GetElapsedTime(start));
        var address = session.Locator.Locate().Uri;
        return new DemoScene(
            fleet,
            secret,
            new Uri(address, "repository/"),
            [("directory", Path), ("server", $"{address}  (process {server.Pid}, ready after {taken})")]
        );
    }

    public IEnumerable<(string Name, string Value)> Sights(Uri server) =>
        [("dashboard", $"{server}"), ("repository", $"{server}repository/"), ("log", Log), ("hosts", Hosts)];

    /// <summary>Writes what the server is to know; returns the webhook's secret.</summary>
    private string Configure(LocalFleet fleet, TimeSpan? soak)
    {
        var secret = RandomNumberGenerator.GetHexString(40, lowercase: true);
        using (
            var file = new FileStream(
                SecretFile,
                new FileStreamOptions
                {
                    Mode = FileMode.CreateNew,
                    Access = FileAccess.Write,
                    UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
                }
            )
        )
        {
            file.Write(System.Text.Encoding.ASCII.GetBytes(secret));
        }

        File.WriteAllText(Inventory, fleet.Inventory());
        var shorter = soak is { } time
            ? $"\n  applications:\n    - name: {DemoFleet.Application}\n      soak: \"{time:c}\""
            : "";
        File.WriteAllText(
            Configuration,
            $"""
            ingress:
              repositories:
                - name: {GitHubPush.Repository}
                  clone-url: {Quoted(Repository)}
              webhook-secret-files:
                - {Quoted(SecretFile)}
            deployer:
              inventory:
                path: {Quoted(Inventory)}
              local:
                directory: {Quoted(Hosts)}
              soak-check-interval: "00:00:00.500"
              host-tries: 1{shorter}

            """
        );
        return secret;
    }

    /// <summary>Ends the server and the services, and removes the directory.</summary>
    public async Task RemoveAsync(TimeProvider time)
    {
        if (new ServerLocator(null, null, Data).ReadServerFile() is { } server && ServerProcess.IsServer(server.Pid))
        {
            await ServerProcess.StopAsync(server, time, CancellationToken.None);
        }
        await LocalFleet.StopServicesAsync(Hosts, time);
        Directory.Delete(Path, recursive: true);
    }

    private string In(string name) => System.IO.Path.Combine(Path, name);

    // A JSON text is a YAML text, whatever is in it.
    private static string Quoted(string text) => JsonSerializer.Serialize(text, ApiJson.Default.String);
}
