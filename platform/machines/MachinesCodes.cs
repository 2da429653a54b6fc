namespace Canary.Machines;

/// <summary>The failures of platform/machines: codes for scripts, what they mean, and what to do. docs/errors.md is made of them.</summary>
public static class MachinesCodes
{
    /// <summary>A machine shows another host key than the known one.</summary>
    /// <remarks>If it was installed anew, replace its key in the file of known hosts; otherwise find out who answers there.</remarks>
    public const string HostKeyChanged = "host-key-changed";

    /// <summary>Nobody vouches for the host key of a machine.</summary>
    /// <remarks>Add its key to the file of known hosts or its fingerprint to the inventory.</remarks>
    public const string HostKeyUnknown = "host-key-unknown";

    /// <summary>A machine does not let Canary log in over SSH.</summary>
    /// <remarks>Give its user the public key that the message names.</remarks>
    public const string HostLoginRefused = "host-login-refused";

    /// <summary>A machine cannot be reached over SSH.</summary>
    /// <remarks>See that it runs, that its address and port are right, and that no firewall is in between.</remarks>
    public const string HostUnreachable = "host-unreachable";

    /// <summary>An ssh-agent does not have the key that Canary logs in with, or does not answer.</summary>
    /// <remarks>See that the agent runs, that the service may use its socket, and that <c>ssh-add -l</c> lists the key.</remarks>
    public const string SshAgentUnavailable = "ssh-agent-unavailable";

    /// <summary>The private key that Canary logs in with cannot be read or made.</summary>
    /// <remarks>Make one that the service's user alone can read, or name the file with its passphrase; have an ended certificate signed anew.</remarks>
    public const string SshKeyUnusable = "ssh-key-unusable";
}
