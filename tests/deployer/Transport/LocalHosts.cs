using Canary.Contracts.Deploying;
using Canary.Deployer.Hosts;
using Canary.Deployer.Inventory;
using Canary.Deployer.Tests.Inventory;
using Canary.Deployer.Transport;
using Canary.Deployer.Transport.Local;
using Canary.Files;
using Canary.Hosting;
using Canary.Hosting.Discovery;
using Canary.Hosting.Security;
using Canary.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Canary.Deployer.Tests.Transport;

/// <summary>Simulated hosts with a private data directory and a real repository.</summary>
internal sealed class LocalHosts : AgentHost
{
    private readonly TempDirectory _data = new();
    private readonly ServiceProvider _services;
    private readonly RepositoryKey _key;
    private readonly MachinePackages _machinePackages = new();
    private readonly MachineConfiguration _machineConfiguration;
    private readonly LocalChannel _channel;
    private readonly HostPrograms _programs;

    private LocalHosts(FixtureRepository repository, DeployerOptions options)
        : base(repository)
    {
        _services = new ServiceCollection().AddHttpClient().BuildServiceProvider();
        var hosting = new HostingOptions { Data = _data.Path };
        hosting.Services["repository-publisher"] = repository.Address.ToString();
        var data = new DataDirectory(_data.Path);
        _key = new RepositoryKey(
            _services.GetRequiredService<IHttpClientFactory>(),
            new ServiceDirectory(Options.Create(hosting)),
            data,
            new ServicePassword("0123456789abcdef"),
            new SignatureVerifier(data),
            TimeProvider.System,
            NullLogger<RepositoryKey>.Instance
        );
        _machineConfiguration = new MachineConfiguration(data);
        _programs = new HostPrograms(data);
        Isolation = new IsolationCheck(
            new FixedInventory(Host),
            _machineConfiguration,
            _programs,
            data,
            Options.Create(options)
        );
        _channel = new LocalChannel(
            _key,
            _machinePackages,
            _machineConfiguration,
            _programs,
            data,
            Options.Create(options),
            TimeProvider.System
        );
        Clocks = new HostClocks(TimeProvider.System);
        Transport = new HostAgent(_channel, Clocks, TimeProvider.System);
    }

    public override IHostTransport Transport { get; }

    public HostClocks Clocks { get; }

    /// <summary>What <c>canary doctor</c> says of keeping simulated hosts apart.</summary>
    public IsolationCheck Isolation { get; }

    public override string Root => RootOf(Host);

    public override string RootInside => "";

    public string DataPath => _data.Path;

    public static async Task<LocalHosts> StartAsync(DeployerOptions? options = null) =>
        new(await FixtureRepository.StartAsync(), options ?? new DeployerOptions());

    public string RootOf(InventoryHost host) => _data.Combine("deployer", "hosts", host.Name);

    /// <summary>Whether anything runs on a host.</summary>
    public bool IsOn(InventoryHost host) => File.Exists(Path.Combine(RootOf(host), "var/lib/canary-machine/init"));

    /// <summary>Whether anything ever ran on a host as on a machine of its own.</summary>
    public bool HasBeenOn(InventoryHost host) =>
        System.IO.Directory.Exists(Path.Combine(RootOf(host), "var/lib/canary-machine"));

    public string Directory(string name) => _data.CreateDirectory(name);

    /// <summary>Makes the machine that the doctor tries one that cannot be made.</summary>
    public void SpoilProbe() => _data.WriteFile("deployer/machine/probe/proc", "");

    /// <summary>Ends what runs on the hosts.</summary>
    public async Task SwitchOffAsync()
    {
        var hosts = _data.CreateDirectory("deployer", "hosts");
        var probe = _data.Combine("deployer", "machine", "probe");
        foreach (var root in System.IO.Directory.GetDirectories(hosts).Append(probe))
        {
            (await ProcessRunner.RunAsync(_programs.Machine, ["stop", root])).EnsureSuccess();
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await SwitchOffAsync();
        _channel.Dispose();
        _machineConfiguration.Dispose();
        _machinePackages.Dispose();
        _key.Dispose();
        await _services.DisposeAsync();
        await base.DisposeAsync();
        _data.Dispose();
    }
}
