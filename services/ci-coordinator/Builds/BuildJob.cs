using Canary.Contracts;
using Canary.Contracts.Building;
using Canary.Durability.Jobs;
using Canary.Durability.Storage;
using Canary.Failures;
using Canary.Files;
using Canary.Hosting.Logs;
using Canary.Processes;

namespace Canary.CiCoordinator.Builds;

/// <summary>Has a commit built by the provider that is configured, and reports how it went.</summary>
internal sealed class BuildJob(IBuildProvider provider, BuildLogs logs, DataDirectory data) : IJobHandler<StartBuild>
{
    public async Task<object> RunAsync(StartBuild command, CancellationToken cancellation)
    {
        try
        {
            return await BuildAsync(command, cancellation);
        }
        catch (Exception e) when (StorageFault.From(e, data.Root) is { } full)
        {
            return Failed(command, full.ToFailure());
        }
    }

    public Task CancelledAsync(StartBuild command, CancellationToken cancellation) =>
        provider.CancelledAsync(command, cancellation);

    public object Faulted(StartBuild command, Exception exception) =>
        Failed(
            command,
            exception is CanaryException known
                ? known.ToFailure()
                : new Failure
                {
                    Code = CiCoordinatorCodes.BuildError,
                    Message = $"The build of {command.Application} could not be done: {exception.Message}",
                    Remedy = $"Look for the same time in the log of ci-coordinator; then {Remedies.ReleaseAgain}.",
                }
        );

    private async Task<object> BuildAsync(StartBuild command, CancellationToken cancellation)
    {
        await using var log = logs.Open(new LogName(command.ReleaseId));
        try
        {
            var result = await provider.BuildAsync(command, log, cancellation);
            return new BuildSucceeded
            {
                ReleaseId = command.ReleaseId,
                Application = command.Application,
                JobId = command.JobId,
                ScriptTime = result.ScriptTime,
                Output = result.Output,
                Left = result.Left,
            };
        }
        catch (OperationCanceledException)
        {
            await log.HeadingAsync("Stopped");
            throw;
        }
        catch (CanaryException e)
        {
            await TryHeadingAsync(
                log,
                $"Failed ({e.Code}): {e.Message.Split(OutputQuotation.Beginning)[0].Split('\n')[0]}"
            );
            if (e.Code == ProcessesCodes.RepositoryUnreachable)
            {
                // Networks recover: the job is tried again before this is its outcome.
                throw;
            }
            return Failed(command, e.ToFailure());
        }
    }

    /// <summary>A log that cannot be written hides no outcome.</summary>
    private static async Task TryHeadingAsync(ShippedLog log, string text)
    {
        try
        {
            await log.HeadingAsync(text);
        }
        catch (IOException)
        {
            // The failure goes into the release.
        }
    }

    private static BuildFailed Failed(StartBuild command, Failure failure) =>
        new()
        {
            ReleaseId = command.ReleaseId,
            Application = command.Application,
            JobId = command.JobId,
            Failure = failure,
        };
}
