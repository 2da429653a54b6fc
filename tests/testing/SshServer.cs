using System.Globalization;
using System.Net.Sockets;

namespace Canary.Testing;

/// <summary>A real sshd on a private port, with private host keys and a private file of authorized keys.</summary>
public sealed class SshServer : IAsyncDisposable
{
    private readonly TempDirectory _directory = new("canary-sshd-");
    private ServerProcess? _process;

    private SshServer() { }

    /// <summary>Its port on 127.0.0.1.</summary>
    public int Port { get; } = FreePort.Next();

    /// <summary>The home directory of whoever logs in. The shell of the user that runs the tests reads its start files there,
    /// and not those of that user, which may print something or take their time.</summary>
    public string Home => _directory.Combine("home");

    /// <summary>Starts a server that lets nobody in yet.</summary>
    public static async Task<SshServer> StartAsync()
    {
        await InstalledPackages.RequireAsync("openssh-server");
        var server = new SshServer();
        await server.PrepareAsync();
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>Lets the holder of a key run one command, whatever it asks for.</summary>
    public void Authorize(string publicKey, string command) =>
        _directory.WriteFile("authorized_keys", $"restrict,command=\"{command}\" {publicKey}");

    /// <summary>Lets whoever has a certificate of an authority, for the user of the tests, run one command.</summary>
    public void AuthorizeAuthority(string publicKey, string command) =>
        _directory.WriteFile("authorized_keys", $"cert-authority,restrict,command=\"{command}\" {publicKey}");

    /// <summary>Lets the holder of a key pass through to other hosts, and do nothing else.</summary>
    public void AuthorizePassage(string publicKey) =>
        _directory.WriteFile("authorized_keys", $"restrict,port-forwarding,command=\"false\" {publicKey}");

    /// <summary>Gives it a certificate for one of its keys, which it shows from now on.</summary>
    /// <param name="authority">Private key of the authority.</param>
    /// <param name="options">What <c>ssh-keygen -s</c> is told besides, for example <c>-n NAMES</c>.</param>
    public async Task CertifyAsync(string authority, params string[] options)
    {
        await ProcessRunner.OutputOfAsync(
            "ssh-keygen",
            ["-q", "-s", authority, "-h", "-I", "host", .. options, _directory.Combine("host_ed25519.pub")]
        );
        var configuration = _directory.Combine("sshd_config");
        await File.AppendAllTextAsync(
            configuration,
            $"HostCertificate {_directory.Combine("host_ed25519-cert.pub")}\n"
        );
        await StopAsync();
        await StartAgainAsync();
    }

    /// <summary>The key without a name, as people write it to files of known hosts.</summary>
    public string PublicHostKey(string type = "ed25519") => File.ReadAllText(_directory.Combine($"host_{type}.pub"));

    /// <summary>How often somebody has logged in since it started.</summary>
    public int Logins =>
        _process!.Log.Split('\n').Count(line => line.Contains("Accepted publickey", StringComparison.Ordinal));

    /// <summary>Lets nobody in any more.</summary>
    public void LetNobodyIn() => _directory.WriteFile("authorized_keys", "");

    /// <summary>What <c>ssh-keygen -l</c> prints of one of its keys.</summary>
    public async Task<string> FingerprintAsync(string type = "ed25519") =>
        (await ProcessRunner.OutputOfAsync("ssh-keygen", ["-l", "-f", _directory.Combine($"host_{type}.pub")])).Split(
            ' '
        )[1];

    /// <summary>A line for a file of known hosts, as people write it there.</summary>
    public string KnownHostsLine(string type = "ed25519") => $"[127.0.0.1]:{Port} {PublicHostKey(type)}";

    /// <summary>Ends every connection as a crash does; new ones are answered.</summary>
    public Task CutConnectionsAsync() =>
        ProcessRunner.RunAsync("pkill", ["-KILL", "--parent", _process!.Id.ToString(CultureInfo.InvariantCulture)]);

    /// <summary>Stops the time of all connections, or lets it go on; new ones are answered.</summary>
    public Task FreezeConnectionsAsync(bool frozen) =>
        ProcessRunner.RunAsync(
            "pkill",
            [frozen ? "-STOP" : "-CONT", "--parent", _process!.Id.ToString(CultureInfo.InvariantCulture)]
        );

    /// <summary>Starts it again.</summary>
    public async Task StartAgainAsync()
    {
        _process = ServerProcess.Start("/usr/sbin/sshd", ["-D", "-e", "-f", _directory.Combine("sshd_config")]);
        await _process.AnswersAsync(async () =>
        {
            using var probe = new TcpClient();
            await probe.ConnectAsync("127.0.0.1", Port);
        });
    }

    /// <summary>Ends it, with its connections.</summary>
    public async Task StopAsync()
    {
        if (_process is not null)
        {
            await _process.KillAsync();
            _process.Dispose();
            _process = null;
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
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

        _directory.CreateDirectory("home");
        if (Environment.IsPrivilegedProcess)
        {
            Directory.CreateDirectory("/run/sshd");
        }

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
            PermitUserRC no
            SetEnv HOME={Home}

            """
        );
    }
}
