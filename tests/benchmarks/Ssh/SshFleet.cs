using System.Globalization;
using Canary.Testing;

namespace Canary.Benchmarks.Ssh;

/// <summary>
/// Stands in for a fleet: one sshd on this machine, with an address for each host. Whoever has the deployer's key may run
/// <c>canary-apply</c> and nothing else, as on every host; whoever has the other key gets the answer to the same question.
/// </summary>
internal sealed class SshFleet : IAsyncDisposable
{
    private const int AddressesOfByte = 250;

    private readonly TempDirectory _directory = new("canary-bench-ssh-");
    private readonly int _port = FreePort.Next();
    private ServerProcess? _sshd;

    /// <summary>Data directory of the deployer.</summary>
    public string Data => _directory.Combine("data");

    public int Port => _port;

    public static async Task<SshFleet> StartAsync(string deployKey, CancellationToken cancellationToken)
    {
        var fleet = new SshFleet();
        await fleet.PrepareAsync(deployKey, cancellationToken);
        fleet._sshd = ServerProcess.Start(
            "/usr/sbin/sshd",
            ["-D", "-e", "-f", fleet._directory.Combine("sshd_config")]
        );
        await fleet._sshd.AnswersAsync(async () => await fleet.AskAsync(1, Plain, cancellationToken));
        return fleet;
    }

    public static string AddressOf(int host) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"127.0.{1 + (host / AddressesOfByte)}.{1 + (host % AddressesOfByte)}"
        );

    /// <summary>The program of OpenSSH, for each host anew.</summary>
    public static IReadOnlyList<string> Plain { get; } = ["-o", "KexAlgorithms=curve25519-sha256"];

    /// <summary>The same with connections that are kept.</summary>
    public IReadOnlyList<string> Kept =>
        [
            .. Plain,
            "-o",
            "ControlMaster=auto",
            "-o",
            "ControlPersist=600",
            "-o",
            $"ControlPath={_directory.Combine("cp")}/%h",
        ];

    public async Task<TimeSpan> AskAsync(int hosts, IReadOnlyList<string> options, CancellationToken cancellationToken)
    {
        var list = await ListAsync(hosts, cancellationToken);
        return await Clock.OfAsync(() =>
            ProcessRunner.OutputOfAsync(
                "xargs",
                [
                    "-a",
                    list,
                    "-P",
                    Concurrency,
                    "-I{}",
                    "ssh",
                    "-n",
                    "-F",
                    Configuration,
                    .. options,
                    "{}",
                    "canary-apply",
                ],
                timeLimit: TimeSpan.FromMinutes(10),
                cancellationToken: cancellationToken
            )
        );
    }

    public async Task<TimeSpan> AskByPsshAsync(int hosts, CancellationToken cancellationToken)
    {
        var list = await ListAsync(hosts, cancellationToken);
        return await Clock.OfAsync(() =>
            ProcessRunner.OutputOfAsync(
                "parallel-ssh",
                ["-h", list, "-p", Concurrency, "-t", "0", "-x", $"-F {Configuration}", "canary-apply"],
                timeLimit: TimeSpan.FromMinutes(10),
                cancellationToken: cancellationToken
            )
        );
    }

    /// <summary>Ends the connections that OpenSSH keeps.</summary>
    public async Task HangUpAsync(int hosts)
    {
        var list = await ListAsync(hosts, CancellationToken.None);
        await ProcessRunner.RunAsync(
            "xargs",
            ["-a", list, "-P", Concurrency, "-I{}", "ssh", "-F", Configuration, .. Kept, "-O", "exit", "{}"],
            timeLimit: TimeSpan.FromMinutes(10)
        );
    }

    public async ValueTask DisposeAsync()
    {
        if (_sshd is not null)
        {
            await _sshd.KillAsync();
            _sshd.Dispose();
        }

        _directory.Dispose();
    }

    public const string Concurrency = "50";

    private string Configuration => _directory.Combine("config");

    private async Task<string> ListAsync(int hosts, CancellationToken cancellationToken)
    {
        var file = _directory.Combine(string.Create(CultureInfo.InvariantCulture, $"hosts.{hosts}"));
        await File.WriteAllLinesAsync(file, Enumerable.Range(0, hosts).Select(AddressOf), cancellationToken);
        return file;
    }

    private async Task PrepareAsync(string deployKey, CancellationToken cancellationToken)
    {
        foreach (var key in new[] { "host", "peer" })
        {
            await ProcessRunner.OutputOfAsync(
                "ssh-keygen",
                ["-q", "-t", "ed25519", "-N", "", "-f", _directory.Combine(key)],
                cancellationToken: cancellationToken
            );
        }

        if (Environment.IsPrivilegedProcess)
        {
            Directory.CreateDirectory("/run/sshd");
        }

        var home = _directory.CreateDirectory("home");
        _directory.CreateDirectory("cp");
        var root = _directory.CreateDirectory("root");
        _directory.CreateDirectory("root", "var", "lib", "dpkg");
        _directory.WriteFile("root/var/lib/dpkg/status", "");
        _directory.WriteFile("question", "v2\0000000000000000000000000000000000\0inspect\0shop\0");
        var apply = $"env DPKG_ROOT={root} {SourceTree.PathOf("hosts", "canary-apply")}";
        var known = await File.ReadAllTextAsync(_directory.Combine("host.pub"), cancellationToken);
        _directory.WriteFile("known_hosts", string.Create(CultureInfo.InvariantCulture, $"[127.0.*]:{_port} {known}"));
        _directory.CreateDirectory("data", "deployer", "ssh");
        File.Copy(_directory.Combine("known_hosts"), _directory.Combine("data", "deployer", "ssh", "known_hosts"));
        File.Copy(deployKey, _directory.Combine("data", "deployer", "ssh", "id_ed25519"));
        var peer = await File.ReadAllTextAsync(_directory.Combine("peer.pub"), cancellationToken);
        var deployer = await File.ReadAllTextAsync(deployKey + ".pub", cancellationToken);
        _directory.WriteFile(
            "authorized_keys",
            $"""
            restrict,command="{apply}" {deployer}
            restrict,command="{apply} < {_directory.Combine("question")}" {peer}
            """
        );
        _directory.WriteFile(
            "sshd_config",
            string.Create(
                CultureInfo.InvariantCulture,
                $"""
                ListenAddress 0.0.0.0:{_port}
                HostKey {_directory.Combine("host")}
                PidFile none
                AuthorizedKeysFile {_directory.Combine("authorized_keys")}
                AllowUsers {Environment.UserName}@127.*
                PermitRootLogin prohibit-password
                PasswordAuthentication no
                KbdInteractiveAuthentication no
                StrictModes no
                UsePAM no
                UseDNS no
                PermitUserRC no
                MaxStartups 1000:30:2000
                LogLevel ERROR
                SetEnv HOME={home}

                """
            )
        );
        _directory.WriteFile(
            "config",
            string.Create(
                CultureInfo.InvariantCulture,
                $"""
                Host *
                  User {Environment.UserName}
                  Port {_port}
                  IdentityFile {_directory.Combine("peer")}
                  IdentitiesOnly yes
                  IdentityAgent none
                  UserKnownHostsFile {_directory.Combine("known_hosts")}
                  GlobalKnownHostsFile /dev/null
                  StrictHostKeyChecking yes
                  BatchMode yes
                  LogLevel ERROR

                """
            )
        );
    }
}
