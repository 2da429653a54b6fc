using Canary.Deployer.Hosts;
using Canary.Deployer.Transport;
using Canary.Deployer.Transport.Local;
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
internal sealed class SshHost : AgentHost
{
    private readonly TempDirectory _directory = new();
    private readonly DataDirectory _data;
    private readonly SshConnections _connections;
    private readonly AptRoot _root;
    private readonly SshServer _sshd;

    private readonly bool _hasOwnKey;

    private SshHost(FixtureRepository repository, SshServer sshd, DeployerOptions options)
        : base(repository)
    {
        _sshd = sshd;
        _hasOwnKey = options.Ssh.Agent is null && options.Ssh.KeyFile is null;
        _data = new DataDirectory(_directory.Combine("data"));
        options.Ssh.User = Environment.UserName;
        _connections = new SshConnections(
            options.Ssh.ToLogin(),
            _data,
            TimeProvider.System,
            NullLogger<SshConnections>.Instance
        );
        Transport = new HostAgent(
            new SshChannel(_connections, Options.Create(options), TimeProvider.System),
            new HostClocks(TimeProvider.System),
            TimeProvider.System
        );
        Host = Host with
        {
            Transport = "ssh",
            Ssh = new SshAccess { Port = Port },
        };
        _root = new AptRoot(_directory.Combine("root"), Host);
    }

    public int Port => _sshd.Port;

    /// <summary>The sshd of it.</summary>
    public SshServer Server => _sshd;

    public SshConnections Connections => _connections;

    public override IHostTransport Transport { get; }

    public string KnownHostsFile => _connections.KnownHostsFile;

    public override string Root => _root.Path;

    public override string RootInside => _root.Path;

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

    public Task<string> FingerprintAsync(string type = "ed25519") => _sshd.FingerprintAsync(type);

    public string KnownHostsLine(string type = "ed25519") => _sshd.KnownHostsLine(type);

    public void LetNobodyIn() => _sshd.LetNobodyIn();

    public Task CutConnectionsAsync() => _sshd.CutConnectionsAsync();

    /// <summary>Runs <c>canary-apply</c> on this host, for a shell.</summary>
    public string Apply =>
        "env LANGUAGE=de LC_MESSAGES=de_DE.UTF-8 "
        + string.Join(' ', HostEnvironment.Select(variable => $"{variable.Key}={variable.Value}"))
        + $" {SourceTree.PathOf("hosts", "canary-apply")}";

    /// <summary>A program that runs some lines of shell.</summary>
    public string WriteProgram(string lines) =>
        _directory.WriteFile("program", $"#!/bin/sh\n{lines}\n", executable: true);

    /// <summary>What sshd runs for the deployer.</summary>
    public void RunOnLogin(string command) =>
        _sshd.Authorize(File.ReadAllText(_connections.Key.Path + ".pub"), command);

    /// <summary>Sends <c>canary-apply</c> a request as anyone might who has the deployer's key.</summary>
    public Task<ToolResult> ApplyAsync(params string[] fields) => ApplyAsync([], fields);

    /// <summary>The same as <c>sudo</c> lets the deploy user do it.</summary>
    public Task<ToolResult> ApplyAsRootAsync(params string[] fields) => ApplyAsync(["--as-root"], fields);

    /// <summary>What the timer starts.</summary>
    public Task<ToolResult> ConvergeAsync() => ApplyAsync(["--converge"], []);

    private Task<ToolResult> ApplyAsync(string[] arguments, string[] fields) =>
        ProcessRunner.RunAsync(
            SourceTree.PathOf("hosts", "canary-apply"),
            arguments,
            environment: HostEnvironment,
            input: string.Concat(fields.Select(field => field + '\0'))
        );

    private Dictionary<string, string?> HostEnvironment =>
        new() { ["DPKG_ROOT"] = Root, ["APT_CONFIG"] = _root.PathOf("etc/apt/apt.conf") };

    public Task StopSshdAsync() => _sshd.StopAsync();

    public override async ValueTask DisposeAsync()
    {
        await _connections.DisposeAsync();
        await _sshd.DisposeAsync();
        await base.DisposeAsync();
        _directory.Dispose();
    }

    private async Task PrepareAsync()
    {
        var architecture = (await ProcessRunner.OutputOfAsync("dpkg", ["--print-architecture"])).Trim();
        using var http = new HttpClient();
        var repository = new Uri(Repository.Address, "repository/");
        var key = await http.GetByteArrayAsync(new Uri(repository, RepositoryKey.FileName));
        _root.Prepare(repository, key, architecture, TimeSpan.FromSeconds(30));

        if (_hasOwnKey)
        {
            _connections.Key.Ensure();
            RunOnLogin(Apply);
        }
    }
}
