using Canary.Contracts;

namespace Canary.Deployer.Rollouts;

/// <summary>Codes of the failures of a single host.</summary>
internal static class HostFailures
{
    /// <summary>The host could not be reached: nothing is known about the version.</summary>
    public const string Unreachable = "host-unreachable";

    /// <summary>The host has the version and is not well.</summary>
    public const string Unhealthy = "host-unhealthy";

    /// <summary>The host never answered.</summary>
    public const string Silent = "host-silent";

    public static Failure NeverAnswered(string host) =>
        new()
        {
            Code = Silent,
            Message = $"{host} did not report the outcome of its update, though it was asked several times.",
            Remedy = "Look at the deployer's log for this host, and whether the deployer itself was down.",
        };
}
