using Canary.Contracts;
using Canary.Contracts.Publishing;
using Canary.Failures;
using Canary.Machines.Ssh;

namespace Canary.Deployer.Rollouts;

/// <summary>Codes of the failures of a single host.</summary>
internal static class HostFailures
{
    /// <summary>The host could not be reached: nothing is known about the version.</summary>
    public const string Unreachable = SshConnections.HostUnreachable;

    /// <summary>The host has the version and is unhealthy.</summary>
    public const string Unhealthy = DeployerCodes.HostUnhealthy;

    /// <summary>The repository has no version left that the host could be rolled back to.</summary>
    public const string NowhereToGo = DeployerCodes.NoWayBack;

    /// <summary>The host never answered.</summary>
    public const string Silent = DeployerCodes.HostSilent;

    /// <summary>No repository answered the host.</summary>
    public const string RepositoryUnavailable = DeployerCodes.RepositoryUnavailable;

    /// <summary>The host does not take what the repository offers.</summary>
    public const string RepositoryRefused = DeployerCodes.RepositoryRefused;

    /// <summary>The clocks of host and publisher do not agree.</summary>
    public const string ClocksDiffer = "clocks-differ";

    /// <summary>apt, dpkg or a maintainer script failed.</summary>
    public const string InstallationFailed = DeployerCodes.InstallationFailed;

    /// <summary>apt said yes, and dpkg does not have the version.</summary>
    public const string InstallationIneffective = "installation-ineffective";

    /// <summary>The version is right, its files are not.</summary>
    public const string FilesDamaged = "files-damaged";

    /// <summary>Somebody else has been changing packages of the host for too long.</summary>
    public const string Busy = "host-busy";

    /// <summary>What came back is no answer of <c>canary-apply</c>.</summary>
    public const string AgentUnreadable = "agent-unreadable";

    /// <summary>The host's <c>canary-apply</c> does not know this form of requests.</summary>
    public const string AgentOutdated = "agent-outdated";

    /// <summary>This machine does not allow simulated hosts to be kept apart from it.</summary>
    public const string IsolationUnavailable = "isolation-unavailable";

    /// <summary>The deployer itself stumbled over the host.</summary>
    public const string Unexpected = DeployerCodes.HostError;

    /// <summary>Whether another try may find the host otherwise; what the inventory says of it stays.</summary>
    public static bool IsTransient(Failure failure) =>
        failure.Code is not (DeployerCodes.HostUnknown or DeployerCodes.TransportUnknown);

    /// <summary>What an exception means for the host: every host gets a result, whatever happens.</summary>
    public static Failure Of(string host, Exception exception) =>
        exception is CanaryException known
            ? known.ToFailure()
            : new Failure
            {
                Code = Unexpected,
                Message = $"{host}: {exception.Message}",
                Remedy = "Look for the same time in the deployer's log; releasing again is safe.",
            };

    /// <summary>What happened to a host, with its name once.</summary>
    public static string Words(RolloutHost row) =>
        row.Failure?.Message is not { } message ? $"{row.Host}: it gave no reason."
        : message.Contains(row.Host, StringComparison.Ordinal) ? message
        : $"{row.Host}: {message}";

    public static Failure NoWayBack(string host, ListedVersion target) =>
        new()
        {
            Code = NowhereToGo,
            Message =
                $"{host} had {target.Package} {target.Version} before, which the repository does not have any more, nor what the "
                + "fleet was brought to last.",
            Remedy =
                "Release a correction, or deploy a version that the repository has: canary deploy APPLICATION VERSION.",
        };

    public static Failure NeverAnswered(string host) =>
        new()
        {
            Code = Silent,
            Message = $"{host} did not report the outcome of its update, though it was asked several times.",
            Remedy = "Look at the deployer's log for this host, and whether the deployer itself was down.",
        };
}
