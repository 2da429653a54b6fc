using System.Text.RegularExpressions;
using Canary.Failures;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Canary.Processes.Workspaces;

/// <summary>Whether git is there, and new enough to obey our configuration alone; and git-lfs, where it is wanted.</summary>
/// <param name="directory">Directory that it may run in.</param>
/// <param name="path">Where it is looked for.</param>
/// <param name="options">Whether git-lfs is wanted.</param>
internal sealed partial class GitCheck(string directory, string path, WorkspaceOptions options) : IHealthCheck
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
            var result = await AskAsync(["--version"], cancellationToken);
            var said = result.OutputTail.Trim();
            return !Version.TryParse(Number().Match(said).Value, out var version)
                    ? CheckFailure.Degraded($"git --version says '{said}'. Sources cannot be fetched.", Remedy)
                : version < Oldest
                    ? CheckFailure.Degraded(
                        $"git is {version}, which is older than {Oldest}: it does not keep to our configuration.",
                        $"Update it to {Oldest} or later, for example from the backports of this Debian."
                    )
                : options.LargeFiles && !(await AskAsync(["lfs", "version"], cancellationToken)).Succeeded
                    ? CheckFailure.Degraded(
                        "git-lfs cannot be found, and workspaces.large-files has it fetch files of commits.",
                        "Install it: apt-get install git-lfs."
                    )
                : HealthCheckResult.Healthy($"git {version}.");
        }
        catch (CanaryException)
        {
            return CheckFailure.Degraded("git cannot be found. Sources cannot be fetched.", Remedy);
        }
    }

    private Task<ProcessResult> AskAsync(IReadOnlyList<string> arguments, CancellationToken cancellation) =>
        SupervisedProcess.RunAsync(
            new ProcessSpec
            {
                FileName = "git",
                Arguments = arguments,
                WorkingDirectory = directory,
                Owner = directory,
                Environment = new Dictionary<string, string> { ["PATH"] = path },
                TimeLimit = TimeSpan.FromSeconds(3),
            },
            cancellation
        );

    [GeneratedRegex(@"\d+\.\d+(\.\d+)?")]
    private static partial Regex Number();
}
