using Canary.Contracts.Building;
using Canary.Durability.Storage;
using Canary.Failures;
using Canary.Hosting.Logs;
using Microsoft.Extensions.Options;

namespace Canary.CiCoordinator.Builds.Jenkins;

/// <summary>Has commits built by a job of Jenkins. The build belongs to the job, not to this process: whoever takes the job after a death
/// or a stop finds it and goes on.</summary>
internal sealed class JenkinsBuildProvider(
    JenkinsBuilds builds,
    ReplicaSignal<ReleaseStore> notified,
    IOptions<BuildOptions> options,
    TimeProvider time
) : IBuildProvider
{
    internal const string ProviderName = "jenkins";

    private readonly BuildOptions _options = options.Value;

    public string NoPullRequests => "With the provider jenkins, Jenkins builds pull requests by itself.";

    public async Task<BuildResult> BuildAsync(StartBuild build, ShippedLog log, CancellationToken cancellation)
    {
        var job = _options.JenkinsJobOf(build);
        await log.HeadingAsync($"Jenkins job {job.Name} for {build.Source.Commit[..12]} ({build.Source.Branch})");
        var run = new JenkinsRun(builds, job, IdentityOf(build), build.Source.Commit, _options, notified, log, time);
        return new BuildResult(await run.ToEndAsync(cancellation));
    }

    public async Task CancelledAsync(StartBuild build, CancellationToken cancellation)
    {
        var job = _options.JenkinsJobOf(build);
        try
        {
            var view = await builds.LookAsync(job, cancellation);
            foreach (var place in IdentityOf(build).Abandoned(view))
            {
                await builds.AbortAsync(job, place, cancellation);
            }
        }
        catch (CanaryException exception) when (exception.Code == CiCoordinatorCodes.JenkinsJobMissing)
        {
            // Where there is no job, nothing is built.
        }
    }

    private IJenkinsIdentity IdentityOf(StartBuild build) =>
        _options.Jenkins.TakesParameters
            ? new IdentityByParameter(build, _options.Jenkins)
            : new IdentityByCommit(build, _options.Jenkins);
}
