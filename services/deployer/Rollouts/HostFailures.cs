using Canary.Contracts;
using Canary.Contracts.Publishing;
using Canary.Failures;

namespace Canary.Deployer.Rollouts;

/// <summary>What went wrong with a single host.</summary>
internal static class HostFailures
{
    /// <summary>Whether another try may find the host otherwise; what the inventory says of it stays.</summary>
    public static bool IsTransient(Failure failure) =>
        failure.Code is not (DeployerCodes.HostUnknown or DeployerCodes.TransportUnknown);

    /// <summary>What an exception means for the host: every host gets a result, whatever happens.</summary>
    public static Failure Of(string host, Exception exception) =>
        exception is CanaryException known
            ? known.ToFailure()
            : new Failure
            {
                Code = DeployerCodes.HostError,
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
            Code = DeployerCodes.NoWayBack,
            Message =
                $"{host} had {target.Package} {target.Version} before, which the repository does not have any more, nor what the "
                + "fleet was brought to last.",
            Remedy =
                "Release a correction, or deploy a version that the repository has: canary deploy APPLICATION VERSION.",
        };

    public static Failure LastOfItsPlace(RolloutHost row, string spread) =>
        new()
        {
            Code = DeployerCodes.PlaceOutOfService,
            Message =
                $"{row.Host} was not updated: all other hosts of {spread} {row.Place} are out of service, and it would have taken the "
                + "last one out as well.",
            Remedy =
                $"Repair the other hosts of {spread} {row.Place}, or take them out of the inventory, then release again; a paused rollout "
                + "goes on when they are retried.",
        };

    public static Failure NeverAnswered(string host) =>
        new()
        {
            Code = DeployerCodes.HostSilent,
            Message = $"{host} did not report the outcome of its update, though it was asked several times.",
            Remedy = "Look at the deployer's log for this host, and whether the deployer itself was down.",
        };
}
