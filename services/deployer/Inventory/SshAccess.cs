namespace Canary.Deployer.Inventory;

/// <summary>How the deployer logs in to a host.</summary>
internal sealed record SshAccess
{
    public const int DefaultPort = 22;

    public int Port { get; init; } = DefaultPort;

    /// <summary><c>null</c>: the deployer's setting.</summary>
    public string? User { get; init; }

    /// <summary>Fingerprints of the host's keys, as <c>ssh-keygen -l</c> prints them: <c>SHA256:…</c>. When there are any,
    /// they alone decide.</summary>
    public IReadOnlyList<string> HostKeys { get; init; } = [];
}
