namespace Canary.Machines.Ssh;

/// <summary>As whom, and how, a service logs in to machines.</summary>
public sealed record SshLogin
{
    /// <summary>Name of the service. Its directory holds what is not named here: <c>ssh/id_ed25519</c>, made at the first use,
    /// and <c>ssh/known_hosts</c>.</summary>
    public required string Service { get; init; }

    /// <summary>Where its settings are in the configuration, for example <c>deployer.ssh</c>.</summary>
    public required string Section { get; init; }

    /// <summary>The script that lets the service in when it runs on a machine.</summary>
    public required string Script { get; init; }

    /// <summary>User on machines whose entry names none.</summary>
    public required string User { get; init; }

    /// <summary>Private key in OpenSSH's format. With an agent: the one of its keys that is used, whose public half is in the file of
    /// this name with <c>.pub</c>.</summary>
    public string? KeyFile { get; init; }

    /// <summary>File with the passphrase of the key; <c>null</c>: it has none.</summary>
    public string? PassphraseFile { get; init; }

    /// <summary>Certificate for the key; <c>null</c>: the one beside it, with <c>-cert.pub</c>, if there is one.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>Socket of an ssh-agent that has the keys; <c>null</c>: none.</summary>
    public string? AgentSocket { get; init; }

    /// <summary>Jump hosts on the way to machines whose entry names none, the nearest first.</summary>
    public IReadOnlyList<string> Jump { get; init; } = [];

    /// <summary>Names of the key exchanges that are offered, the preferred one first.</summary>
    public IReadOnlyList<string> KeyExchange { get; init; } = SshKeyExchanges.Standard;

    /// <summary>Keys of machines whose entry names none, in the format of OpenSSH's <c>known_hosts</c>.</summary>
    public string? KnownHostsFile { get; init; }

    /// <summary>Whether the key of a machine that nobody vouches for is taken as it is at the first login, and kept.</summary>
    public bool TrustFirstUse { get; init; }

    /// <summary>Longest time for connecting and logging in.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the other end may take nothing of what is sent to it; <c>null</c>: as long as connecting may take.</summary>
    public TimeSpan? StallTimeout { get; init; }

    /// <summary>How long a connection that is not in use is kept. 0 closes it at once.</summary>
    public TimeSpan KeepConnection { get; init; }

    /// <summary>How many connections may be open before one that is not in use any more is closed at once.</summary>
    public int MostConnections { get; init; } = int.MaxValue;

    /// <summary>How many machines are worked on at a time.</summary>
    public int Concurrency { get; init; } = 1;
}
