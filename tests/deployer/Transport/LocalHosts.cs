using Canary.Contracts.Deploying;
using Canary.Deployer.Inventory;
using Canary.Deployer.Transport;
using Canary.Files;
using Canary.Hosting;
using Canary.Hosting.Discovery;
using Canary.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Canary.Deployer.Tests.Transport;

/// <summary>The local transport with a private data directory and a real repository.</summary>
internal sealed class LocalHosts : IAsyncDisposable
{
    private readonly TempDirectory _data = new();
    private readonly ServiceProvider _services;
    private readonly RepositoryKey _key;
    private readonly MachinePackages _machinePackages = new();

    private LocalHosts(FixtureRepository repository, DeployerOptions options)
    {
        Repository = repository;
        _services = new ServiceCollection().AddHttpClient().BuildServiceProvider();
        var hosting = new HostingOptions { Data = _data.Path };
        hosting.Services["repository-publisher"] = repository.Address.ToString();
        var data = new DataDirectory(_data.Path);
        _key = new RepositoryKey(
            _services.GetRequiredService<IHttpClientFactory>(),
            new ServiceDirectory(Options.Create(hosting)),
            data
        );
        Transport = new LocalTransport(
            _key,
            _machinePackages,
            data,
            Options.Create(options),
            TimeProvider.System,
            NullLogger<LocalTransport>.Instance
        );
    }

    public FixtureRepository Repository { get; }

    public LocalTransport Transport { get; }

    public InventoryHost Host { get; } =
        new()
        {
            Name = "canary-1",
            Address = "127.0.0.1",
            Channel = Channel.Canary,
            Variables = new Dictionary<string, string> { ["port"] = "8101" },
        };

    public string Root => RootOf(Host);

    public static async Task<LocalHosts> StartAsync(DeployerOptions? options = null) =>
        new(await FixtureRepository.StartAsync(), options ?? new DeployerOptions());

    public string RootOf(InventoryHost host) => _data.Combine("deployer", "hosts", host.Name);

    public Task InstallAsync(string version, string package = "shop") =>
        Transport.InstallAsync(Host, package, version, CancellationToken.None);

    public Task RemoveAsync(string package = "shop") => Transport.RemoveAsync(Host, package, CancellationToken.None);

    public Task<InstalledPackage> InspectAsync(string package = "shop") =>
        Transport.InspectAsync(Host, package, CancellationToken.None);

    public Task<string?> CheckAsync(params string[] command) =>
        Transport.RunHealthCommandAsync(
            Host,
            new HealthTarget("shop", "shop", "1.0"),
            command,
            TimeSpan.FromSeconds(30),
            CancellationToken.None
        );

    /// <summary>What dpkg did in the root: lines of its log that hold a word.</summary>
    public IEnumerable<string> Log(string word) =>
        File.ReadLines(Path.Combine(Root, "var/log/dpkg.log")).Where(line => line.Contains($" {word} "));

    public async ValueTask DisposeAsync()
    {
        Transport.Dispose();
        _machinePackages.Dispose();
        _key.Dispose();
        await _services.DisposeAsync();
        await Repository.DisposeAsync();
        _data.Dispose();
    }
}
