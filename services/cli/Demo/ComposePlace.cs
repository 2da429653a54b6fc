using Canary.Cli.Local;

namespace Canary.Cli.Demo;

/// <summary>The compose installation that <c>./build.sh up</c> has started. It stays as it is; only the sample's repository
/// is made anew.</summary>
internal sealed class ComposePlace : IDemoPlace
{
    private const int HttpPort = 8480;

    private readonly DockerCompose _compose;

    private ComposePlace(string path)
    {
        Path = path;
        _compose = new DockerCompose(In("compose.yaml"));
    }

    public string Path { get; }
    public string Repository => In("repositories", DemoFleet.Application);
    public string Log => $"docker compose --file {In("compose.yaml")} logs";
    public string Opening => "Five services in containers, and a fleet of four behind a load balancer";

    /// <summary>The token of operators.</summary>
    public string Token => File.ReadAllText(In("secrets", "api-token")).Trim();

    /// <exception cref="CliException"><c>not-a-compose-installation</c></exception>
    public static ComposePlace Find(string path)
    {
        var place = new ComposePlace(path);
        if (!File.Exists(place.In("compose.yaml")) || !File.Exists(place.In("secrets", "api-token")))
        {
            throw CliException.Usage(
                CliCodes.NotAComposeInstallation,
                $"{path} does not hold a compose installation that has been started.",
                "Start it with './build.sh up', and give the folder 'compose' of the repository."
            );
        }
        if (Directory.Exists(place.Repository))
        {
            Directory.Delete(place.Repository, recursive: true);
        }
        return place;
    }

    public Task<Uri> ServerAsync(CancellationToken cancellation) =>
        _compose.AddressOfAsync("ingress", HttpPort, cancellation);

    public async Task<DemoScene> OpenAsync(Session session, TimeSpan? soak, CancellationToken cancellation)
    {
        var packages = await _compose.AddressOfAsync("repository-publisher", HttpPort, cancellation);
        var shop = await _compose.AddressOfAsync("haproxy", 8080, cancellation);
        return new DemoScene(
            await ComposeFleet.FindAsync(_compose, cancellation),
            (await File.ReadAllTextAsync(In("secrets", "webhook-secret"), cancellation)).Trim(),
            new Uri(packages, "repository/"),
            [("server", $"{session.Locator.Locate().Uri}"), ("load balancer", $"{shop}")]
        );
    }

    public IEnumerable<(string Name, string Value)> Sights(Uri server) => [("dashboard", $"{server}"), ("logs", Log)];

    private string In(params ReadOnlySpan<string> names) => System.IO.Path.Combine([Path, .. names]);
}
