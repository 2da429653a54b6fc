using Canary.Failures;

namespace Canary.Processes.Sandboxes;

/// <summary>Failures of sandboxes.</summary>
internal static class SandboxFailures
{
    internal static CanaryException From(SandboxReport report) =>
        report.What == SandboxReport.NoNetwork ? NoNetwork(report.Detail) : Unavailable(report.Detail);

    private static CanaryException Unavailable(string reason) =>
        new(
            ProcessesCodes.SandboxUnavailable,
            $"This machine does not allow the scripts of a commit to be kept apart: {Namespaces.Explain(reason)}.",
            Namespaces.HowToAllow(reason)
        );

    private static CanaryException NoNetwork(string reason) =>
        new(
            ProcessesCodes.SandboxUnavailable,
            $"The scripts of a commit cannot have a network of their own: {reason}.",
            Sandbox.NetworkRemedy
        );
}
