using Canary.Failures;
using Canary.Files;
using Canary.Processes;

namespace Canary.Deployer.Transport.Local;

/// <summary>What it means where this machine does not let <c>canary-machine</c> keep simulated hosts apart.</summary>
internal static class Isolation
{
    /// <summary>Its exit code then.</summary>
    public const int Unavailable = 77;

    private const string Prefix = "canary-machine: ";

    // strerror(3); perl speaks English unless told otherwise.
    private const string NoSpace = "No space left on device";

    /// <summary>What unshare(2) says with the same words where the limit of namespaces is reached: user.max_user_namespaces.</summary>
    private const string NoNamespaces = $"unshare: {NoSpace}";

    /// <param name="what">What cannot be simulated.</param>
    /// <param name="output">What the program printed.</param>
    public static CanaryException Failure(string what, string output)
    {
        var reason = ReasonIn(output);
        return
            output.Contains(NoSpace, StringComparison.Ordinal)
            && !output.Contains(NoNamespaces, StringComparison.Ordinal)
            ? new CanaryException(DiskFull.Code, $"{what} cannot be simulated: {reason}.", DiskFull.Remedy())
            : new CanaryException(
                DeployerCodes.IsolationUnavailable,
                $"{what} cannot be simulated: this machine does not allow its scripts to be kept apart "
                    + $"({Namespaces.Explain(reason)}).",
                Namespaces.HowToAllow(reason)
            );
    }

    private static string ReasonIn(string output) =>
        output
            .Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .LastOrDefault(line => line.StartsWith(Prefix, StringComparison.Ordinal))
            ?[Prefix.Length..]
        ?? output.Trim();
}
