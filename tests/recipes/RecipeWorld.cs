using System.Globalization;
using Canary.EndToEnd.Tests.Fixtures;
using Canary.Testing.Machines;

namespace Canary.Recipes.Tests;

/// <summary>Canary as one process, and two hosts with systemd: a canary, and one of production.</summary>
internal sealed class RecipeWorld : IAsyncDisposable
{
    private readonly TempDirectory _directory = new("canary-recipes-");
    private readonly Dictionary<string, Machine> _hosts = new(StringComparer.Ordinal);
    private MachineSet? _machines;
    private CanaryServer? _server;

    private RecipeWorld() { }

    public CanaryServer Server => _server!;

    public IEnumerable<Machine> Hosts => _hosts.Values;

    /// <summary>The file of the token that brings packages of a program and does nothing else.</summary>
    public string TokenFileOf(RealProgram program) => _directory.Combine($"{program.Name}.token");

    /// <param name="suite">The Debian that its hosts run.</param>
    public static async Task<RecipeWorld> StartAsync(string suite)
    {
        var world = new RecipeWorld();
        try
        {
            await world.BootAsync(suite);
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

        if (_machines is not null)
        {
            await _machines.DisposeAsync();
        }

        _directory.Dispose();
    }

    private async Task BootAsync(string suite)
    {
        _machines = await MachineSet.StartAsync();
        foreach (var name in (string[])["canary-1", "web-1"])
        {
            _hosts[name] = await _machines.BootAsync(name, MachineKind.Runtimes, suite);
        }

        var key = _directory.Combine("id_ed25519");
        await ProcessRunner.OutputOfAsync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
        _server = await CanaryServer.StartAsync(
            new ServerSetup
            {
                Hosts = "hosts: []\n",
                Listen = string.Create(CultureInfo.InvariantCulture, $"http://{_machines.Address}:{FreePort.Next()}"),
                HostRoot = host => _hosts[host].Root,
                Settings =
                [
                    $"deployer.ssh.key-file={key}",
                    "workspaces.large-files=true",
                    // A package that is purged is to stay away.
                    "deployer.convergence.automatic=false",
                    .. await TokensAsync(Programs.All.Where(program => program.IsBuiltElsewhere)),
                ],
            }
        );
        await PrepareAsync((await File.ReadAllTextAsync(key + ".pub")).Trim());
    }

    private async Task<IReadOnlyList<string>> TokensAsync(IEnumerable<RealProgram> programs)
    {
        var settings = new List<string>();
        foreach (var program in programs)
        {
            await File.WriteAllTextAsync(TokenFileOf(program), Guid.NewGuid().ToString());
            settings.Add($"ingress.package-token-files.{program.Name}={TokenFileOf(program)}");
        }

        return settings;
    }

    private async Task PrepareAsync(string deployerKey)
    {
        var file = Path.Combine(Server.Data, "repository-publisher", "fingerprint");
        await Eventually.TrueAsync(() => File.Exists(file));
        var fingerprint = (await File.ReadAllTextAsync(file)).Trim();
        var repository = new Uri(Server.Http.BaseAddress!, "repository/");
        var entries = new List<string>();
        foreach (var (name, host) in _hosts)
        {
            var channel = name.StartsWith("canary", StringComparison.Ordinal) ? "canary" : "production";
            var hostKey = await host.PrepareAsync(repository, channel, deployerKey, fingerprint);
            entries.Add(
                $"  - {{ name: {name}, address: {host.Address}, channel: {channel}, applications: ['*'], "
                    + $"transport: ssh, ssh: {{ host-keys: ['{hostKey}'] }} }}\n"
            );
        }

        await File.WriteAllTextAsync(Server.Inventory, "hosts:\n" + string.Concat(entries));
    }
}
