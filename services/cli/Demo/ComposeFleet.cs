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
            hosts.Add(new DemoHost(name, IsCanary: name == "canary-1", await PortOfAsync(compose, name, cancellation)));
        }
        return new ComposeFleet(compose, hosts);
    }

    /// <summary>A container that died is started again.</summary>
    protected override TimeSpan Patience => TimeSpan.FromMinutes(1);

    public override async Task<bool> WasDownAsync(
        DemoHost host,
        DateTimeOffset since,
        CancellationToken cancellation
    ) => await compose.RunningSinceAsync(host.Name, cancellation) is not { } start || start > since;

    /// <summary>A container that was started again has another port; one that is just starting has none.</summary>
    protected override async Task<DemoHost> LocateAsync(DemoHost host, CancellationToken cancellation)
    {
        try
        {
            return host with { Port = await PortOfAsync(compose, host.Name, cancellation) };
        }
        catch (CliException)
        {
            return host;
        }
    }

    protected override Task<string?> PackageStatusAsync(DemoHost host, CancellationToken cancellation) =>
        compose.TryExecAsync(
            host.Name,
            ["dpkg-query", "--show", "--showformat", StatusFormat, Application],
            cancellation
        );

    protected override Task<string?> PackageLogAsync(DemoHost host, CancellationToken cancellation) =>
        compose.TryExecAsync(host.Name, ["cat", "/var/log/dpkg.log"], cancellation);

    private static async Task<int> PortOfAsync(DockerCompose compose, string name, CancellationToken cancellation) =>
        (await compose.AddressOfAsync(name, ServicePort, cancellation)).Port;
}
