using System.Globalization;
using System.Net.Http.Json;
using Canary.EndToEnd.Tests.Fixtures;
using Canary.Testing.Machines;

namespace Canary.Fleet.Tests.World;

/// <summary>Canary as one process, its hosts, which are machines with systemd, and two load balancers before them.</summary>
internal sealed class FleetWorld : IAsyncDisposable
{
    /// <summary>Booting takes processors: not all at once.</summary>
    private const int BootsAtOnce = 4;

    private readonly TempDirectory _directory = new("canary-fleet-");
    private readonly FleetSettings _settings;
    private readonly RunLog _log;
    private readonly List<Balancer> _balancers = [];
    private readonly Dictionary<string, Machine> _hosts = new(StringComparer.Ordinal);
    private MachineSet? _machines;
    private CanaryServer? _server;

    private FleetWorld(FleetSettings settings, RunLog log)
    {
        _settings = settings;
        _log = log;
    }

    public CanaryServer Server => _server!;

    public IReadOnlyList<Balancer> Balancers => _balancers;

    /// <summary>The machines, by name.</summary>
    public IReadOnlyDictionary<string, Machine> Hosts => _hosts;

    public static async Task<FleetWorld> StartAsync(FleetSettings settings, RunLog log, CancellationToken cancellation)
    {
        var world = new FleetWorld(settings, log);
        try
        {
            await world.StartAsync(cancellation);
            return world;
        }
        catch
        {
            await world.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        foreach (var balancer in _balancers)
        {
            await balancer.DisposeAsync();
        }

        if (_machines is not null)
        {
            await _machines.DisposeAsync();
        }

        _directory.Dispose();
    }

    private async Task StartAsync(CancellationToken cancellation)
    {
        _machines = await MachineSet.StartAsync();
        await BootAsync(_machines, cancellation);
        _log.Say($"{_hosts.Count} machines run");

        var addresses = _hosts.ToDictionary(host => host.Key, host => $"{host.Value.Address}:8080");
        foreach (var name in new[] { "lb-1", "lb-2" })
        {
            _balancers.Add(await Balancer.StartAsync(name, addresses, _settings.Canaries));
        }

        var key = await KeyAsync();
        var port = FreePort.Next();
        _server = await CanaryServer.StartAsync(
            new ServerSetup
            {
                Hosts = "hosts: []\n",
                Listen = string.Create(CultureInfo.InvariantCulture, $"http://{_machines.Address}:{port}"),
                HostRoot = host => _hosts[host].Root,
                Settings =
                [
                    "deployer.promotion=manual",
                    $"deployer.ssh.key-file={key}",
                    "deployer.traffic.provider=haproxy",
                    .. _balancers.Select(
                        (balancer, index) => $"deployer.traffic.haproxy.instances.{index}={balancer.Runtime}"
                    ),
                ],
            }
        );
        await PrepareHostsAsync(_server, key, cancellation);
        _log.Say("they are hosts that Canary may deploy to");
    }

    private Task BootAsync(MachineSet machines, CancellationToken cancellation) =>
        Parallel.ForEachAsync(
            _settings.Hosts,
            new ParallelOptions { MaxDegreeOfParallelism = BootsAtOnce, CancellationToken = cancellation },
            async (name, _) =>
            {
                var machine = await machines.BootAsync(name);
                // The shop listens where load balancers and the deployer reach it.
                machine.WriteFile("/etc/default/shop", "ADDRESS=0.0.0.0\nPORT=8080\n");
                lock (_hosts)
                {
                    _hosts[name] = machine;
                }
            }
        );

    private async Task<string> KeyAsync()
    {
        var key = _directory.Combine("id_ed25519");
        await ProcessRunner.OutputOfAsync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
        return key;
    }

    private async Task PrepareHostsAsync(CanaryServer server, string key, CancellationToken cancellation)
    {
        var deployerKey = (await File.ReadAllTextAsync(key + ".pub", cancellation)).Trim();
        var repository = new Uri(server.Http.BaseAddress!, "repository/");
        var fingerprint = await Eventually.NotNullAsync(async () => await FingerprintAsync(server));
        var entries = new SortedDictionary<string, string>(StringComparer.Ordinal);
        await Parallel.ForEachAsync(
            _hosts.Values,
            new ParallelOptions { MaxDegreeOfParallelism = BootsAtOnce, CancellationToken = cancellation },
            async (host, _) =>
            {
                var suite = _settings.Canaries.Contains(host.Name) ? "canary" : "production";
                var hostKey = await host.PrepareAsync(repository, suite, deployerKey, fingerprint);
                lock (entries)
                {
                    entries[host.Name] =
                        $"  - {{ name: {host.Name}, address: {host.Address}, channel: {suite}, applications: [shop], "
                        + $"transport: ssh, ssh: {{ host-keys: ['{hostKey}'] }}, variables: {{ port: 8080 }} }}\n";
                }
            }
        );
        await File.WriteAllTextAsync(server.Inventory, "hosts:\n" + string.Concat(entries.Values), cancellation);
    }

    private static async Task<string?> FingerprintAsync(CanaryServer server)
    {
        var file = Path.Combine(server.Data, "repository-publisher", "fingerprint");
        return File.Exists(file) ? (await File.ReadAllTextAsync(file)).Trim() : null;
    }
}
