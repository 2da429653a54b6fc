namespace Canary.Testing.Machines;

/// <summary>What a machine has besides systemd, sshd and what hosts/install.sh asks for.</summary>
public enum MachineKind
{
    /// <summary>Nothing.</summary>
    Plain,

    /// <summary>What programs of the usual languages run on.</summary>
    Runtimes,

    /// <summary>The programs that set up hosts: Ansible, Puppet and cloud-init.</summary>
    SetUpTools,
}
