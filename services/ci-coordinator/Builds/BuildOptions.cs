using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;
using Canary.CiCoordinator.Builds.Caches;
using Canary.CiCoordinator.Builds.Hosts;
using Canary.CiCoordinator.Builds.Jenkins;
using Canary.CiCoordinator.Builds.Outputs;
using Canary.CiCoordinator.Builds.PullRequests;
using Canary.Contracts.Building;
using Canary.Processes.Sandboxes;

namespace Canary.CiCoordinator.Builds;

/// <summary>How commits are built. Section <c>ci-coordinator:builds</c>. How many builds run at once is set in
/// <c>ci-coordinator:jobs:concurrency</c>.</summary>
public sealed partial class BuildOptions : IValidatableObject
{
    /// <summary>Who builds: <c>script</c> (the convention scripts, on this machine), <c>ssh</c> (the same, on a build host),
    /// <c>jenkins</c> (a job of Jenkins) or <c>none</c> (every commit passes). Default: <c>script</c>.</summary>
    [Required]
    public string Provider { get; set; } = ScriptBuildProvider.ProviderName;

    /// <summary>Longest time for both scripts together, or for the build in Jenkins once it has begun, 1 second to 1 day. Default: 30 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan TimeLimit { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>Most output of both scripts together, or of the build in Jenkins, in bytes, 1 KiB to 1 GiB. Default: 16 MiB.</summary>
    [Range(1L << 10, 1L << 30)]
    public long OutputLimit { get; set; } = 16L << 20;

    /// <summary>Time that a script has to end after it was told to, before it is killed, 0 to 5 minutes.
    /// Default: 5 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan Grace { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The scripts' <c>PATH</c>. Default: the one of this process; on a build host the system's directories.</summary>
    public string? Path { get; set; }

    /// <summary>Names of variables that the scripts get from this process's environment; all others stay here.
    /// Default: none.</summary>
    public IList<string> PassEnvironment { get; set; } = [];

    /// <summary>What the scripts may do.</summary>
    public SandboxOptions Sandbox { get; set; } = new();

    /// <summary>What builds may leave for the next ones of their application.</summary>
    public BuildCacheOptions Cache { get; set; } = new();

    /// <summary>What builds may make for their packages.</summary>
    public BuildOutputOptions Output { get; set; } = new();

    /// <summary>What builds of single applications may do and get, and nobody else's.</summary>
    public IList<ApplicationBuildOptions> Applications { get; set; } = [];

    /// <summary>Whether the provider <c>script</c> runs scripts without a sandbox: they can read and change whatever this process can,
    /// its keys and tokens and other applications' sources too. For machines that hold nothing else and repositories whose
    /// every writer is trusted with all of it. Default: <c>false</c>.</summary>
    public bool UnsafeScriptsOnThisMachine { get; set; }

    /// <summary>How heads of pull requests are built.</summary>
    public PullRequestOptions PullRequests { get; set; } = new();

    /// <summary>The machines of the provider <c>ssh</c>.</summary>
    public BuildHostOptions Hosts { get; set; } = new();

    /// <summary>The Jenkins of the provider <c>jenkins</c>.</summary>
    public JenkinsOptions Jenkins { get; set; } = new();

    internal static string OwnPath =>
        Environment.GetEnvironmentVariable("PATH") ?? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var name in PassEnvironment.Where(name => !VariableName().IsMatch(name)))
        {
            yield return new ValidationResult($"'{name}' is not the name of a variable.", [nameof(PassEnvironment)]);
        }

        foreach (var (name, problem) in Sandbox.Problems())
        {
            yield return new ValidationResult(problem, [$"{nameof(Sandbox)}.{name}"]);
        }

        foreach (var (name, problem) in Output.Problems())
        {
            yield return new ValidationResult(problem, [$"{nameof(Output)}.{name}"]);
        }

        foreach (var (application, index) in Applications.Select((application, index) => (application, index)))
        {
            foreach (var (name, problem) in application.Problems())
            {
                yield return new ValidationResult(problem, [$"{nameof(Applications)}[{index}].{name}"]);
            }
        }

        foreach (var group in Applications.GroupBy(x => x.Name, StringComparer.Ordinal).Where(x => x.Count() > 1))
        {
            yield return new ValidationResult(
                $"'{group.Key}' is listed {group.Count()} times.",
                [nameof(Applications)]
            );
        }

        foreach (var (name, problem) in Jenkins.Problems(isUsed: Uses(JenkinsBuildProvider.ProviderName)))
        {
            yield return new ValidationResult(problem, [$"{nameof(Jenkins)}.{name}"]);
        }

        foreach (var problem in Hosts.Problems(isUsed: Uses(SshBuildProvider.ProviderName)))
        {
            yield return new ValidationResult(
                problem.ErrorMessage,
                problem.MemberNames.Select(member => $"{nameof(Hosts)}.{member}")
            );
        }
    }

    /// <summary>The job of Jenkins that builds it.</summary>
    internal JenkinsJob JenkinsJobOf(StartBuild build) =>
        JenkinsJob.Of(
            Applications.FirstOrDefault(application => application.IsFor(build))?.JenkinsJob ?? Jenkins.Job,
            build.Application,
            build.Source.Branch
        );

    private bool Uses(string provider) => provider.Equals(Provider, StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_]*\z")]
    private static partial Regex VariableName();
}
