using Canary.Cli.Local;

namespace Canary.Cli.Demo;

/// <summary>The fleet of the compose installation: containers, looked into with <c>docker compose exec</c>.</summary>
internal sealed class ComposeFleet(DockerCompose compose, IReadOnlyList<DemoHost> hosts) : DemoFleet(hosts)
{
    private const int ServicePort = 8080;

    public static async Task<ComposeFleet> FindAsync(DockerCompose compose, CancellationToken cancellation)
    {
        var hosts = new List<DemoHost>();
        foreach (var name in new[] { "canary-1", "web-1", "web-2", "web-3" })
        {
            var port = (await compose.AddressOfAsync(name, ServicePort, cancellation)).Port;
            hosts.Add(new DemoHost(name, IsCanary: name == "canary-1", port));
        }
        return new ComposeFleet(compose, hosts);
    }

    protected override Task<string?> PackageStatusAsync(DemoHost host, CancellationToken cancellation) =>
        compose.TryExecAsync(
            host.Name,
            ["dpkg-query", "--show", "--showformat", StatusFormat, Application],
            cancellation
        );

    protected override Task<string?> PackageLogAsync(DemoHost host, CancellationToken cancellation) =>
        compose.TryExecAsync(host.Name, ["cat", "/var/log/dpkg.log"], cancellation);
}
