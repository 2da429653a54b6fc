using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Canary.Contracts.Deploying;
using Canary.Deployer.Inventory;
using Canary.Deployer.Transport;
using Canary.Deployer.Transport.Ssh;
using Canary.Hosting;
using Canary.Hosting.Ssh;
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
    private Process? _sshd;

    private SshHost(FixtureRepository repository, DeployerOptions options, int port)
    {
        Repository = repository;
        Port = port;
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
            Ssh = new SshAccess { Port = port },
            Variables = new Dictionary<string, string> { ["port"] = "81 01" },
        };
        _root = new AptRoot(_directory.Combine("root"), Host);
    }

    public FixtureRepository Repository { get; }

    public int Port { get; }

    public SshTransport Transport { get; }

    public string KnownHostsFile => _connections.KnownHostsFile;

    public InventoryHost Host { get; set; }

    public string Root => _root.Path;

    public string DeployKeyFile => _connections.Key.Path;

    /// <summary>Starts a host that the deployer knows, with the repository as its source.</summary>
    public static async Task<SshHost> StartAsync(DeployerOptions? options = null, bool known = true)
    {
        await InstalledPackages.RequireAsync("openssh-server");
        var host = new SshHost(await FixtureRepository.StartAsync(), options ?? new DeployerOptions(), FreePort.Next());
        await host.PrepareAsync();
        if (known)
        {
            host.Host = host.Host with { Ssh = host.Host.Ssh with { HostKeys = [await host.FingerprintAsync()] } };
        }

        await host.StartSshdAsync();
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

    /// <summary>What <c>ssh-keygen -l</c> prints of one of the host's keys.</summary>
    public async Task<string> FingerprintAsync(string type = "ed25519") =>
        (await ProcessRunner.OutputOfAsync("ssh-keygen", ["-l", "-f", _directory.Combine($"host_{type}.pub")])).Split(
            ' '
        )[1];

    /// <summary>A line for a file of known hosts, as people write it there.</summary>
    public string KnownHostsLine(string type = "ed25519") =>
        $"[127.0.0.1]:{Port} {File.ReadAllText(_directory.Combine($"host_{type}.pub"))}";

    public void LetNobodyIn() => File.WriteAllText(_directory.Combine("authorized_keys"), "");

    /// <summary>Ends every connection as a crash does; new ones are answered.</summary>
    public Task CutConnectionsAsync() =>
        ProcessRunner.OutputOfAsync("pkill", ["-KILL", "--parent", _sshd!.Id.ToString(CultureInfo.InvariantCulture)]);

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

    public async Task StopSshdAsync()
    {
        if (_sshd is null)
        {
            return;
        }

        _sshd.Kill(entireProcessTree: true);
        await _sshd.WaitForExitAsync();
        _sshd.Dispose();
        _sshd = null;
    }

    public async ValueTask DisposeAsync()
    {
        await _connections.DisposeAsync();
        await StopSshdAsync();
        await Repository.DisposeAsync();
        _directory.Dispose();
    }

    private async Task PrepareAsync()
    {
        foreach (var type in new[] { "ed25519", "rsa" })
        {
            await ProcessRunner.OutputOfAsync(
                "ssh-keygen",
                ["-q", "-t", type, "-N", "", "-f", _directory.Combine($"host_{type}")]
            );
        }

        var architecture = (await ProcessRunner.OutputOfAsync("dpkg", ["--print-architecture"])).Trim();
        using var http = new HttpClient();
        var repository = new Uri(Repository.Address, "repository/");
        var key = await http.GetByteArrayAsync(new Uri(repository, RepositoryKey.FileName));
        _root.Prepare(repository, key, architecture, TimeSpan.FromSeconds(30));

        _connections.Key.Ensure();
        var settings = string.Join(' ', HostEnvironment.Select(variable => $"{variable.Key}={variable.Value}"));
        _directory.WriteFile(
            "authorized_keys",
            $"restrict,command=\"env {settings} {SourceTree.PathOf("hosts", "canary-apply")}\" "
                + File.ReadAllText(_connections.Key.Path + ".pub")
        );
        _directory.WriteFile(
            "sshd_config",
            $"""
            ListenAddress 127.0.0.1:{Port.ToString(CultureInfo.InvariantCulture)}
            HostKey {_directory.Combine("host_ed25519")}
            HostKey {_directory.Combine("host_rsa")}
            PidFile none
            AuthorizedKeysFile {_directory.Combine("authorized_keys")}
            PermitRootLogin prohibit-password
            PasswordAuthentication no
            KbdInteractiveAuthentication no
            StrictModes no
            UsePAM no
            UseDNS no

            """
        );
    }

    private async Task StartSshdAsync()
    {
        if (Environment.IsPrivilegedProcess)
        {
            Directory.CreateDirectory("/run/sshd");
        }

        _sshd = Process.Start(
            new ProcessStartInfo("/usr/sbin/sshd", ["-D", "-e", "-f", _directory.Combine("sshd_config")])
            {
                RedirectStandardError = true,
            }
        )!;
        _sshd.BeginErrorReadLine();
        await Eventually.TrueAsync(async () =>
        {
            using var probe = new TcpClient();
            try
            {
                await probe.ConnectAsync("127.0.0.1", Port);
                return true;
            }
            catch (SocketException)
            {
                return false;
            }
        });
    }
}
