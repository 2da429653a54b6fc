using Canary.Contracts;
using Canary.Failures;
using Canary.Machines.Ssh;

namespace Canary.Deployer.Rollouts;

/// <summary>Codes of the failures of a single host.</summary>
internal static class HostFailures
{
    /// <summary>The host could not be reached: nothing is known about the version.</summary>
    public const string Unreachable = SshConnections.HostUnreachable;

    /// <summary>The host has the version and is not well.</summary>
    public const string Unhealthy = "host-unhealthy";

    /// <summary>The host never answered.</summary>
    public const string Silent = "host-silent";

    /// <summary>No repository answered the host.</summary>
    public const string RepositoryAway = "repository-away";

    /// <summary>The deployer itself stumbled over the host.</summary>
    public const string Unexpected = "host-error";

    /// <summary>Whether another try may find the host otherwise; what the inventory says of it stays.</summary>
    public static bool MayPass(Failure failure) => failure.Code is not ("host-unknown" or "transport-unknown");

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

    public static Failure NeverAnswered(string host) =>
        new()
        {
            Code = Silent,
            Message = $"{host} did not report the outcome of its update, though it was asked several times.",
            Remedy = "Look at the deployer's log for this host, and whether the deployer itself was down.",
        };
}
