namespace Canary.Deployer;

/// <summary>The failures of services/deployer: codes for scripts, what they mean, and what to do. docs/errors.md is made of them.</summary>
internal static class DeployerCodes
{
    /// <summary>The <c>canary-apply</c> of a host does not know what is asked of it.</summary>
    /// <remarks>Install the <c>canary-apply</c> of this version there.</remarks>
    public const string AgentOutdated = "agent-outdated";

    /// <summary>What a host answered is no answer of <c>canary-apply</c>.</summary>
    /// <remarks>Look at what it printed: a shell profile or another program may stand in between.</remarks>
    public const string AgentUnreadable = "agent-unreadable";

    /// <summary>A critical alarm of the application fired while a version was being rolled out or watched.</summary>
    /// <remarks>Look at the alarm, correct the application and push. What alarms do: <c>deployer.on-alarm</c>.</remarks>
    public const string AlarmFired = "alarm-fired";

    /// <summary>No canary host can be reached.</summary>
    /// <remarks>Look at <c>canary hosts</c>.</remarks>
    public const string CanariesUnreachable = "canaries-unreachable";

    /// <summary>The canary hosts failed.</summary>
    /// <remarks>Look at the hosts' errors, correct the application and push.</remarks>
    public const string CanaryFailed = "canary-failed";

    /// <summary>A host does not take the repository, since the clocks of the two do not agree.</summary>
    /// <remarks>Set the clock that is wrong: <c>canary doctor</c> compares them.</remarks>
    public const string ClocksDiffer = "clocks-differ";

    /// <summary>A host has the version, and files of it are missing or changed.</summary>
    /// <remarks>Look at the files in the message; install the package there anew.</remarks>
    public const string FilesDamaged = "files-damaged";

    /// <summary>What is to be the name of a backend or a server of HAProxy cannot be one.</summary>
    /// <remarks>Correct the name in the inventory, or <c>deployer.traffic.haproxy.backend</c>.</remarks>
    public const string HaproxyNameInvalid = "haproxy-name-invalid";

    /// <summary>HAProxy refused a command of the deployer.</summary>
    /// <remarks>Give its stats socket <c>level admin</c>, and compare its configuration with docs/haproxy.md.</remarks>
    public const string HaproxyRefused = "haproxy-refused";

    /// <summary>HAProxy has no server for a host.</summary>
    /// <remarks>Name the servers as the hosts are named, or give them their addresses.</remarks>
    public const string HaproxyServersUnknown = "haproxy-servers-unknown";

    /// <summary>An instance of HAProxy does not answer. Releases go on without it.</summary>
    /// <remarks>See that it runs, and that its stats socket is reachable from the deployer.</remarks>
    public const string HaproxyUnavailable = "haproxy-unavailable";

    /// <summary>What HAProxy answered cannot be read.</summary>
    /// <remarks>See that the runtime API of HAProxy 2.6 or later listens there.</remarks>
    public const string HaproxyUnreadable = "haproxy-unreadable";

    /// <summary>Somebody else has been changing packages of a host for too long.</summary>
    /// <remarks>See what runs apt or dpkg there.</remarks>
    public const string HostBusy = "host-busy";

    /// <summary>Updating a host ended in an error that Canary did not expect.</summary>
    /// <remarks>Look at the log of the deployer.</remarks>
    public const string HostError = "host-error";

    /// <summary>A host did not answer in time.</summary>
    /// <remarks>See that it runs; it converges when it is back.</remarks>
    public const string HostSilent = "host-silent";

    /// <summary>The application is not healthy on a host after the update.</summary>
    /// <remarks>Look at the application's log there.</remarks>
    public const string HostUnhealthy = "host-unhealthy";

    /// <summary>A host is no longer in the inventory.</summary>
    /// <remarks>Nothing, if it was removed on purpose.</remarks>
    public const string HostUnknown = "host-unknown";

    /// <summary>apt or dpkg failed on a host.</summary>
    /// <remarks>Look at what they printed.</remarks>
    public const string InstallationFailed = "installation-failed";

    /// <summary>apt reported success on a host, and dpkg does not have the version.</summary>
    /// <remarks>Look at what it printed, and at pins and holds on the host.</remarks>
    public const string InstallationIneffective = "installation-ineffective";

    /// <summary>The file with the hosts is empty or cut.</summary>
    /// <remarks>Restore it: the last good copy is kept beside the data of the deployer.</remarks>
    public const string InventoryCut = "inventory-cut";

    /// <summary>The inventory has an error.</summary>
    /// <remarks>Correct the line that the message names.</remarks>
    public const string InventoryInvalid = "inventory-invalid";

    /// <summary>The inventory does not answer.</summary>
    /// <remarks>See that Consul, or the file, is there.</remarks>
    public const string InventoryUnavailable = "inventory-unavailable";

    /// <summary>The file with the hosts cannot be read.</summary>
    /// <remarks>Check its path and permissions.</remarks>
    public const string InventoryUnreadable = "inventory-unreadable";

    /// <summary>This machine does not allow simulated hosts to be kept apart from it.</summary>
    /// <remarks>Allow user namespaces as the message says, or use hosts over SSH. <c>deployer.local.unsafe-scripts-on-this-machine: true</c> does
    /// without: the scripts of packages can then change this machine itself.</remarks>
    public const string IsolationUnavailable = "isolation-unavailable";

    /// <summary>dpkg could not say what this machine has installed.</summary>
    /// <remarks>Repair dpkg: <c>dpkg --audit</c>.</remarks>
    public const string MachinePackagesUnknown = "machine-packages-unknown";

    /// <summary>A step gave no answer for as long as it is asked.</summary>
    /// <remarks>See that the service of the step runs. Then release the commit again: <c>canary releases retry ID</c>.</remarks>
    public const string NoAnswer = "no-answer";

    /// <summary>The application has hosts, and none for canaries.</summary>
    /// <remarks>Mark one as canary in the inventory.</remarks>
    public const string NoCanaryHost = "no-canary-host";

    /// <summary>The application has no hosts.</summary>
    /// <remarks>Add hosts to the inventory.</remarks>
    public const string NoHosts = "no-hosts";

    /// <summary>There is no version that a host could be rolled back to.</summary>
    /// <remarks>Publish and deploy one that works.</remarks>
    public const string NoWayBack = "no-way-back";

    /// <summary>The repository did not offer the version.</summary>
    /// <remarks>Look at the message. Then release the commit again: <c>canary releases retry ID</c>.</remarks>
    public const string OfferFailed = "offer-failed";

    /// <summary>The name or version of a package is not one that Debian allows.</summary>
    /// <remarks>Correct name and version in the repository's metadata.</remarks>
    public const string PackageInvalid = "package-invalid";

    /// <summary>A host was not updated, since all other hosts that stand at its place are out of service.</summary>
    /// <remarks>Repair those, or take them out of the inventory. What is meant by a place: <c>rollout.spread</c>.</remarks>
    public const string PlaceOutOfService = "place-out-of-service";

    /// <summary>The plan of a rollout has an error.</summary>
    /// <remarks>Correct it in <c>canary.yml</c> or the configuration.</remarks>
    public const string PlanInvalid = "plan-invalid";

    /// <summary><c>script/pre-deploy</c> failed, took too long, or its host could not be asked. No host was changed.</summary>
    /// <remarks>Look at its log, <c>canary releases logs ID --stage pre-deploy</c>, and at what it changes; correct it and push, or
    /// <c>canary releases retry</c>.</remarks>
    public const string PreDeployFailed = "pre-deploy-failed";

    /// <summary><c>script/pre-deploy</c> was started, and its host does not know how it ended, or says long after its time limit that it
    /// runs. It is not run again by itself.</summary>
    /// <remarks>Look at what it changes. Then <c>canary releases retry ID</c> runs it again, and with <c>--pre-deploy-done</c> does without
    /// it.</remarks>
    public const string PreDeployUnknown = "pre-deploy-unknown";

    /// <summary>apt could not remove the package from a host.</summary>
    /// <remarks>Look at what it printed.</remarks>
    public const string RemovalFailed = "removal-failed";

    /// <summary>The repository does not give out its key.</summary>
    /// <remarks>See that the publisher runs.</remarks>
    public const string RepositoryKeyMissing = "repository-key-missing";

    /// <summary>A host does not accept the repository.</summary>
    /// <remarks>Check its key and its source on the host.</remarks>
    public const string RepositoryRefused = "repository-refused";

    /// <summary>A host cannot reach the package repository.</summary>
    /// <remarks>See that the publisher runs and that the host reaches it.</remarks>
    public const string RepositoryUnavailable = "repository-unavailable";

    /// <summary>A host refused a request of the deployer.</summary>
    /// <remarks>Install the <c>canary-apply</c> of this version there.</remarks>
    public const string RequestInvalid = "request-invalid";

    /// <summary>Some hosts could not be rolled back.</summary>
    /// <remarks>Look at them in <c>canary releases show ID</c>, and repair them.</remarks>
    public const string RollbackIncomplete = "rollback-incomplete";

    /// <summary>The release was rolled back by a person.</summary>
    /// <remarks>Nothing.</remarks>
    public const string RolledBack = "rolled-back";

    /// <summary>The smoke test of a commit failed on a canary host, or took too long.</summary>
    /// <remarks>Look at the log of the host: <c>canary releases logs ID --host HOST</c>. Correct the application, or the test, and
    /// push.</remarks>
    public const string SmokeFailed = "smoke-failed";

    /// <summary>The inventory names a way to a host that this deployer does not know.</summary>
    /// <remarks>Name one of those in the message.</remarks>
    public const string TransportUnknown = "transport-unknown";

    /// <summary>Somebody else changes the advertised versions in Consul.</summary>
    /// <remarks>See that only one deployer advertises them.</remarks>
    public const string VersionKeysContended = "version-keys-contended";

    /// <summary>More hosts of a wave failed than may fail.</summary>
    /// <remarks>Look at the hosts' errors, correct the application and push.</remarks>
    public const string WaveFailed = "wave-failed";

    /// <summary>The version could not be withdrawn from the repository.</summary>
    /// <remarks>See that the publisher runs. Then release the commit again: <c>canary releases retry ID</c>.</remarks>
    public const string WithdrawalFailed = "withdrawal-failed";
}
