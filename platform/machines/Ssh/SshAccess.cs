namespace Canary.Machines.Ssh;

/// <summary>How to log in to a machine.</summary>
public sealed record SshAccess
{
    /// <summary>sshd's usual port.</summary>
    public const int DefaultPort = 22;

    /// <summary>Port of sshd, 1 to 65535.</summary>
    public int Port { get; init; } = DefaultPort;

    /// <summary><c>null</c>: the user of the <see cref="SshLogin"/>.</summary>
    public string? User { get; init; }

    /// <summary>Fingerprints of the machine's keys, as <c>ssh-keygen -l</c> prints them: <c>SHA256:…</c>. When there are any,
    /// they alone decide.</summary>
    public IReadOnlyList<string> HostKeys { get; init; } = [];

    /// <summary>Fingerprints that the machine itself has named when it enrolled. They decide where nobody has written anything of it.</summary>
    public IReadOnlyList<string> EnrolledKeys { get; init; } = [];

    /// <summary>Jump hosts on the way there, the one that is nearest to the service first: <c>[USER@]ADDRESS[:PORT]</c>;
    /// <c>null</c>: those of the <see cref="SshLogin"/>.</summary>
    public IReadOnlyList<string>? Jump { get; init; }
}

/// <summary>A machine to log in to.</summary>
/// <param name="Name">What people call it.</param>
/// <param name="Address">Name or address in the network.</param>
/// <param name="Access">How to log in there.</param>
public sealed record SshTarget(string Name, string Address, SshAccess Access)
{
    /// <summary>Whether it is only passed through.</summary>
    public bool IsJump { get; init; }
}
