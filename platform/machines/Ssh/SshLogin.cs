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

    /// <summary>Private key in OpenSSH's format, without a passphrase.</summary>
    public string? KeyFile { get; init; }

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
}
