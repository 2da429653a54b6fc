using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;
using Canary.Contracts.Building;

namespace Canary.CiCoordinator.Builds;

/// <summary>What the builds of one application may do and get.</summary>
public sealed class ApplicationBuildOptions
{
    /// <summary>Name of the application.</summary>
    public string Name { get; set; } = "";

    /// <summary>The repository whose builds this is for, as <c>OWNER/NAME</c>, or the path or address that <c>canary run</c> gives: another
    /// one may call its application the same. Required where there are secrets. Default: any.</summary>
    public string? Repository { get; set; }

    /// <summary>What its scripts may do; what is not set here is as for all applications.</summary>
    public ApplicationSandboxOptions Sandbox { get; set; } = new();

    /// <summary>What its scripts are given to keep secret: a file each, in the directory that <c>CANARY_SECRETS</c> names. Only builds
    /// whose release deploys get them, so no other branch, and no log shows them.</summary>
    public IList<BuildSecretOptions> Secrets { get; set; } = [];

    /// <summary>Most space of its cache, in bytes, 0 (nothing is kept) to 16 TiB. Default: as for all applications.</summary>
    [Range(0, 16L << 40)]
    public long? CacheLimit { get; set; }

    /// <summary>The job that builds it, with the provider <c>jenkins</c>, as <c>ci-coordinator.builds.jenkins.job</c>. Default: as for
    /// all applications.</summary>
    public string? JenkinsJob { get; set; }

    internal bool IsFor(StartBuild build) =>
        Name == build.Application
        && (Repository is null || Repository.Equals(build.Source.Repository, StringComparison.OrdinalIgnoreCase));

    internal IEnumerable<(string Name, string Problem)> Problems()
    {
        if (string.IsNullOrWhiteSpace(Name))
        {
            yield return (nameof(Name), "An application needs a name.");
        }

        if (Secrets.Count > 0 && string.IsNullOrWhiteSpace(Repository))
        {
            yield return (nameof(Repository), "Say which repository gets the secrets.");
        }

        if (JenkinsJob is not null && Jenkins.JenkinsJob.ProblemOf(JenkinsJob) is { } jobProblem)
        {
            yield return (nameof(JenkinsJob), jobProblem);
        }

        foreach (var (name, problem) in Sandbox.Over(new()).Problems())
        {
            yield return ($"{nameof(Sandbox)}.{name}", problem);
        }

        foreach (var (secret, index) in Secrets.Select((secret, index) => (secret, index)))
        {
            foreach (var (name, problem) in secret.Problems())
            {
                yield return ($"{nameof(Secrets)}[{index}].{name}", problem);
            }
        }

        foreach (var group in Secrets.GroupBy(x => x.Name, StringComparer.Ordinal).Where(x => x.Count() > 1))
        {
            yield return (nameof(Secrets), $"'{group.Key}' is listed {group.Count()} times.");
        }
    }
}

/// <summary>A secret for the scripts of an application.</summary>
public sealed partial class BuildSecretOptions
{
    /// <summary>Name of the file that scripts find, for example <c>NPM_TOKEN</c>: letters, digits, <c>_</c>, <c>-</c> and dots, not a
    /// dot first.</summary>
    public string Name { get; set; } = "";

    /// <summary>File of this machine that holds it, and that ci-coordinator can read: an absolute path. At most 64 KiB; at least one of
    /// its lines has 8 characters, for it could not be kept out of logs otherwise.</summary>
    public string File { get; set; } = "";

    internal IEnumerable<(string Name, string Problem)> Problems()
    {
        if (!FileName().IsMatch(Name))
        {
            yield return (nameof(Name), $"'{Name}' is not the name of a secret, such as NPM_TOKEN.");
        }

        if (!Path.IsPathRooted(File))
        {
            yield return (nameof(File), $"'{File}' is not an absolute path.");
        }
    }

    [GeneratedRegex(@"\A[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}\z")]
    private static partial Regex FileName();
}
