using Canary.Contracts;
using Canary.Contracts.Building;
using Canary.Hosting;
using Canary.Hosting.Jobs;
using Microsoft.Extensions.Options;

namespace Canary.CiCoordinator.Builds;

/// <summary>Has a commit built by the provider that is configured, and reports how it went.</summary>
internal sealed class BuildJob(IEnumerable<IBuildProvider> providers, BuildLogs logs, IOptions<BuildOptions> options)
    : IJobHandler<StartBuild>
{
    private readonly IBuildProvider _provider = providers.Single(x => x.Name == options.Value.Provider);

    public async Task<object> RunAsync(StartBuild command, CancellationToken cancellation)
    {
        await using var log = logs.Open(command.ReleaseId);
        try
        {
            var scriptTime = await _provider.BuildAsync(command, log, cancellation);
            return new BuildSucceeded
            {
                ReleaseId = command.ReleaseId,
                JobId = command.JobId,
                ScriptTime = scriptTime,
            };
        }
        catch (OperationCanceledException)
        {
            await log.HeadingAsync("Stopped");
            throw;
        }
        catch (CanaryException e)
        {
            await log.HeadingAsync($"Failed ({e.Code}): {e.Message.Split('\n')[0]}");
            if (e.Code == "repository-unreachable")
            {
                // Networks recover: the job is tried again before this is its outcome.
                throw;
            }
            return Failed(command, e.ToFailure());
        }
    }

    public object Faulted(StartBuild command, Exception exception) =>
        Failed(
            command,
            exception is CanaryException known
                ? known.ToFailure()
                : new Failure
                {
                    Code = "build-error",
                    Message = $"The build of {command.Application} could not be done: {exception.Message}",
                    Remedy =
                        "Look for the same time in the log of ci-coordinator; then push a commit, which may be empty.",
                }
        );

    private static BuildFailed Failed(StartBuild command, Failure failure) =>
        new()
        {
            ReleaseId = command.ReleaseId,
            JobId = command.JobId,
            Failure = failure,
        };
}
