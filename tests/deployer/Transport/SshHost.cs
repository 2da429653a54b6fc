using Canary.Contracts.Deploying;
using Canary.Deployer.Inventory;
using Canary.Deployer.Transport;
using Canary.Deployer.Transport.Ssh;
using Canary.Files;
using Canary.Machines.Ssh;
using Canary.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Canary.Deployer.Tests.Transport;

/// <summary>
/// A real sshd that lets the deployer run nothing but <c>canary-apply</c>, as <c>hosts/install.sh</c> sets it up; apt and
/// dpkg work in a root of their own, so that the machine stays as it is.
/// </summary>
internal sealed class SshHost : IAsyncDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly DataDirectory _data;
    private readonly SshConnections _connections;
    private readonly AptRoot _root;
    private readonly SshServer _sshd;

    private SshHost(FixtureRepository repository, SshServer sshd, DeployerOptions options)
    {
        Repository = repository;
        _sshd = sshd;
        _data = new DataDirectory(_directory.Combine("data"));
        options.Ssh.User = Environment.UserName;
        _connections = new SshConnections(
            options.Ssh.ToLogin(),
            _data,
            TimeProvider.System,
            NullLogger<SshConnections>.Instance
        );
        Transport = new SshTransport(_connections, Options.Create(options), TimeProvider.System);
        Host = new InventoryHost
        {
            Name = "canary-1",
            Address = "127.0.0.1",
            Channel = Channel.Canary,
            Transport = "ssh",
            Ssh = new SshAccess { Port = Port },
            Variables = new Dictionary<string, string> { ["port"] = "81 01" },
        };
        _root = new AptRoot(_directory.Combine("root"), Host);
    }

    public FixtureRepository Repository { get; }

    public int Port => _sshd.Port;

    public SshTransport Transport { get; }

    public string KnownHostsFile => _connections.KnownHostsFile;

    public InventoryHost Host { get; set; }

    public string Root => _root.Path;

    public string DeployKeyFile => _connections.Key.Path;

    /// <summary>Starts a host that the deployer knows, with the repository as its source.</summary>
    public static async Task<SshHost> StartAsync(DeployerOptions? options = null, bool known = true)
    {
        var host = new SshHost(
            await FixtureRepository.StartAsync(),
            await SshServer.StartAsync(),
            options ?? new DeployerOptions()
        );
        await host.PrepareAsync();
        if (known)
        {
            host.Host = host.Host with { Ssh = host.Host.Ssh with { HostKeys = [await host.FingerprintAsync()] } };
        }

        return host;
    }

    public Task InstallAsync(string version, string package = "shop", CancellationToken cancellation = default) =>
        Transport.InstallAsync(Host, package, version, cancellation);

    public Task RemoveAsync(string package = "shop") => Transport.RemoveAsync(Host, package, CancellationToken.None);

    public Task<InstalledPackage> InspectAsync(string package = "shop") =>
        Transport.InspectAsync(Host, package, CancellationToken.None);

    public Task<string?> CheckAsync(params string[] command) => CheckAsync(TimeSpan.FromSeconds(30), command);

    public Task<string?> CheckAsync(TimeSpan timeout, params string[] command) =>
        Transport.RunHealthCommandAsync(
            Host,
            new HealthTarget("shop", "shop", "1.0"),
            command,
            timeout,
            CancellationToken.None
        );

    public Task<string> FingerprintAsync(string type = "ed25519") => _sshd.FingerprintAsync(type);

    public string KnownHostsLine(string type = "ed25519") => _sshd.KnownHostsLine(type);

    public void LetNobodyIn() => _sshd.LetNobodyIn();

    public Task CutConnectionsAsync() => _sshd.CutConnectionsAsync();

    /// <summary>What dpkg did in the root: lines of its log that hold a word.</summary>
    public IEnumerable<string> Log(string word) =>
        File.ReadLines(Path.Combine(Root, "var/log/dpkg.log"))
            .Where(line => line.Contains($" {word} ", StringComparison.Ordinal));

    /// <summary>Sends <c>canary-apply</c> a request as anyone might who has the deployer's key.</summary>
    public Task<ToolResult> ApplyAsync(params string[] fields) =>
        ProcessRunner.RunAsync(
            SourceTree.PathOf("hosts", "canary-apply"),
            [],
            environment: HostEnvironment,
            input: string.Concat(fields.Select(field => field + '\0'))
        );

    private Dictionary<string, string?> HostEnvironment =>
        new() { ["DPKG_ROOT"] = Root, ["APT_CONFIG"] = _root.PathOf("etc/apt/apt.conf") };

    public Task StopSshdAsync() => _sshd.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await _connections.DisposeAsync();
        await _sshd.DisposeAsync();
        await Repository.DisposeAsync();
        _directory.Dispose();
    }

    private async Task PrepareAsync()
    {
        var architecture = (await ProcessRunner.OutputOfAsync("dpkg", ["--print-architecture"])).Trim();
        using var http = new HttpClient();
        var repository = new Uri(Repository.Address, "repository/");
        var key = await http.GetByteArrayAsync(new Uri(repository, RepositoryKey.FileName));
        _root.Prepare(repository, key, architecture, TimeSpan.FromSeconds(30));

        _connections.Key.Ensure();
        var settings = string.Join(' ', HostEnvironment.Select(variable => $"{variable.Key}={variable.Value}"));
        _sshd.Authorize(
            File.ReadAllText(_connections.Key.Path + ".pub"),
            $"env {settings} {SourceTree.PathOf("hosts", "canary-apply")}"
        );
    }
}
