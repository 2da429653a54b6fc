using System.Text.RegularExpressions;
using Canary.Failures;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Canary.Processes.Workspaces;

/// <summary>Whether git is there, and new enough to obey our configuration alone.</summary>
/// <param name="directory">Directory that it may run in.</param>
/// <param name="path">Where it is looked for.</param>
internal sealed partial class GitCheck(string directory, string path) : IHealthCheck
{
    private const string Remedy = "Install git: apt-get install git.";

    /// <summary>An older one does not know <c>GIT_CONFIG_GLOBAL</c>, and obeys no configuration of ours.</summary>
    private static readonly Version Oldest = new(2, 32);

    public async Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context,
        CancellationToken cancellationToken = default
    )
    {
        try
        {
            var result = await SupervisedProcess.RunAsync(
                new ProcessSpec
                {
                    FileName = "git",
                    Arguments = ["--version"],
                    WorkingDirectory = directory,
                    Owner = directory,
                    Environment = new Dictionary<string, string> { ["PATH"] = path },
                    TimeLimit = TimeSpan.FromSeconds(3),
                },
                cancellationToken
            );
            var said = result.OutputTail.Trim();
            return !Version.TryParse(Number().Match(said).Value, out var version)
                    ? CheckFailure.Degraded($"git --version says '{said}'. Sources cannot be fetched.", Remedy)
                : version < Oldest
                    ? CheckFailure.Degraded(
                        $"git is {version}, which is older than {Oldest}: it does not keep to our configuration.",
                        $"Update it to {Oldest} or later, for example from the backports of this Debian."
                    )
                : HealthCheckResult.Healthy($"git {version}.");
        }
        catch (CanaryException)
        {
            return CheckFailure.Degraded("git cannot be found. Sources cannot be fetched.", Remedy);
        }
    }

    [GeneratedRegex(@"\d+\.\d+(\.\d+)?")]
    private static partial Regex Number();
}
