using System.ComponentModel.DataAnnotations;
using Canary.Machines.Ssh;

namespace Canary.Deployer;

/// <summary>Hosts that are reached over SSH, as a user who may run nothing but <c>canary-apply</c>.</summary>
public sealed class SshTransportOptions
{
    private const string AgentVariable = "SSH_AUTH_SOCK";

    /// <summary>User on the hosts whose entry names none. Default: <c>canary</c>.</summary>
    public string User { get; set; } = "canary";

    /// <summary>Private key that the deployer logs in with, in OpenSSH's format. Default: <c>ssh/id_ed25519</c> in the deployer's data
    /// directory, made at the first use; its public half lies beside it, with <c>.pub</c>. With <see cref="Agent"/>: only the key is
    /// used whose public half is in the file of this name with <c>.pub</c>.</summary>
    public string? KeyFile { get; set; }

    /// <summary>File with the passphrase of the key, on one line. Default: the key has none.</summary>
    public string? KeyPassphraseFile { get; set; }

    /// <summary>Certificate for the key (<c>ssh-keygen -s</c>). It is read again when it was renewed. Default: the file beside the
    /// key that has its name and <c>-cert.pub</c>, if there is one.</summary>
    public string? CertificateFile { get; set; }

    /// <summary>Socket of an ssh-agent that has the key, and maybe a certificate for it; <c>SSH_AUTH_SOCK</c>: the one that this
    /// variable names. At most five of its keys are tried. Default: none, the key is in a file.</summary>
    public string? Agent { get; set; }

    /// <summary>Jump hosts on the way to hosts whose entry in the inventory names none, the nearest first:
    /// <c>[USER@]ADDRESS[:PORT]</c>. Their keys must be in the file of known hosts. Default: none.</summary>
    public IList<string> Jump { get; set; } = [];

    /// <summary>Key exchanges that are offered, the preferred one first, and no others. <c>mlkem768x25519-sha256</c> and
    /// <c>sntrup761x25519-sha512</c> keep what is recorded today from quantum computers of tomorrow, and make a login take several times
    /// the processor time. Default: all that are safe today, <c>curve25519-sha256</c> first.</summary>
    public IList<string> KeyExchange { get; set; } = [];

    /// <summary>Keys of the hosts whose entry in the inventory names none, in the format of OpenSSH's
    /// <c>known_hosts</c>. Default: <c>ssh/known_hosts</c> in the deployer's data directory.</summary>
    public string? KnownHostsFile { get; set; }

    /// <summary>Whether the key of a host that nobody vouches for is taken as it is at the first login, and kept in the
    /// file of known hosts. Whoever sits between deployer and host at that moment can pose as the host. Default:
    /// <c>false</c>.</summary>
    public bool TrustFirstUse { get; set; }

    /// <summary>Longest time for connecting and logging in. Default: 10 seconds.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Longest run time of apt on a host, maintainer scripts included; at least 10 seconds. dpkg itself is never ended,
    /// only the scripts that it runs. Default: 10 minutes.</summary>
    public TimeSpan TimeLimit { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a connection that is not in use is kept. Default: 2 minutes. 0 closes it at once.</summary>
    public TimeSpan KeepConnection { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>How many connections may be open before one that is not in use any more is closed at once. Each takes about 0.1 MB.
    /// Default: 1000. 1 to 100,000.</summary>
    [Range(1, 100_000)]
    public int MaxConnections { get; set; } = 1000;

    private string? AgentSocket => Agent == AgentVariable ? Environment.GetEnvironmentVariable(AgentVariable) : Agent;

    internal IEnumerable<(string Name, string Problem)> Problems()
    {
        if (SshKeyExchanges.ProblemWith(KeyExchange) is { } unknown)
        {
            yield return (nameof(KeyExchange), unknown);
        }

        foreach (var problem in Jump.Select(SshJump.ProblemWith).OfType<string>())
        {
            yield return (nameof(Jump), problem);
        }

        if (Agent == AgentVariable && string.IsNullOrEmpty(AgentSocket))
        {
            yield return (nameof(Agent), $"The variable {AgentVariable} is not set where the deployer runs.");
        }

        if (Agent is not null && (CertificateFile ?? KeyPassphraseFile) is not null)
        {
            yield return (
                nameof(Agent),
                "An agent has its certificates from ssh-add, and needs no passphrase: unset certificate-file and key-passphrase-file."
            );
        }
    }

    internal SshLogin ToLogin() =>
        new()
        {
            Service = DeployerModule.Name,
            Section = "deployer.ssh",
            Script = "canary-host setup (without the package: hosts/install.sh)",
            User = User,
            KeyFile = KeyFile,
            PassphraseFile = KeyPassphraseFile,
            CertificateFile = CertificateFile,
            AgentSocket = AgentSocket,
            Jump = [.. Jump],
            KeyExchange = KeyExchange.Count > 0 ? [.. KeyExchange] : SshKeyExchanges.Standard,
            KnownHostsFile = KnownHostsFile,
            TrustFirstUse = TrustFirstUse,
            ConnectTimeout = ConnectTimeout,
            KeepConnection = KeepConnection,
            MostConnections = MaxConnections,
        };
}
