using Canary.Testing;

namespace Canary.Deployer.Tests.Traffic;

/// <summary>A deployer, its hosts, each with a server that an installation restarts, and load balancers in front of them.</summary>
internal sealed class BalancedFleet : IAsyncDisposable
{
    private static readonly TimeSpan Restart = TimeSpan.FromMilliseconds(250);

    private readonly List<LoadBalancer> _balancers = [];
    private readonly Dictionary<string, ShopServer> _servers;
    private DeployerHost? _deployer;

    private BalancedFleet(string[] hosts) =>
        _servers = hosts.ToDictionary(host => host, _ => new ShopServer(), StringComparer.Ordinal);

    public DeployerHost Deployer => _deployer!;

    public IReadOnlyDictionary<string, ShopServer> Servers => _servers;

    public LoadBalancer First => _balancers[0];

    public LoadBalancer Second => _balancers[1];

    /// <summary>Hosts whose server does not start again.</summary>
    public HashSet<string> Broken { get; } = [];

    /// <summary>What is looked at on a host before its server restarts.</summary>
    public Func<string, Task> Before { get; set; } = _ => Task.CompletedTask;

    /// <summary>What is awaited while its server is down.</summary>
    public Func<string, Task> While { get; set; } = _ => Task.CompletedTask;

    /// <param name="hosts">Names of the hosts.</param>
    /// <param name="balancers">How many load balancers there are.</param>
    /// <param name="retries">Whether they try requests again.</param>
    /// <param name="rise">How often a server must have answered before they give it requests again.</param>
    /// <param name="settings">Settings of the deployer.</param>
    public static async Task<BalancedFleet> StartAsync(
        string[] hosts,
        int balancers = 1,
        bool retries = false,
        int rise = 1,
        params (string Key, string Value)[] settings
    )
    {
        var fleet = new BalancedFleet(hosts);
        for (var i = 0; i < balancers; i++)
        {
            fleet._balancers.Add(await LoadBalancer.StartAsync(fleet._servers, retries, rise));
        }

        fleet._deployer = await DeployerHost.StartAsync(
            hosts,
            [
                ("traffic:provider", "haproxy"),
                ("traffic:haproxy:reconcileinterval", "00:00:00.050"),
                ("traffic:haproxy:requesttimeout", "00:00:01"),
                .. fleet._balancers.Select((it, index) => ($"traffic:haproxy:instances:{index}", it.Runtime)),
                .. settings,
            ]
        );
        foreach (var host in hosts)
        {
            fleet.Deployer.Fleet.Put(host, "1.0");
        }

        fleet.Deployer.Fleet.Installing = fleet.RestartAsync;
        return fleet;
    }

    /// <summary>Awaits that every server gets its requests, all of them, everywhere.</summary>
    public Task AllReadyAsync() =>
        Eventually.PassesAsync(async () =>
        {
            foreach (var balancer in _balancers)
            {
                (await balancer.StatesAsync()).ShouldAllBe(server => server.IsReady && server.Weight == 100);
            }
        });

    public async ValueTask DisposeAsync()
    {
        await Deployer.DisposeAsync();
        foreach (var balancer in _balancers)
        {
            await balancer.DisposeAsync();
        }

        foreach (var server in _servers.Values)
        {
            await server.DisposeAsync();
        }
    }

    private async Task RestartAsync(string host, string version)
    {
        await Before(host);
        await _servers[host].StopAsync();
        await Task.Delay(Restart, TimeProvider.System);
        await While(host);
        if (!Broken.Contains(host))
        {
            _servers[host].Start();
        }
    }
}
