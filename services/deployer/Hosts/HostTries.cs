using System.Data.Common;
using Canary.Contracts;
using Canary.Deployer.Rollouts;
using Microsoft.Extensions.Options;

namespace Canary.Deployer.Hosts;

/// <summary>Does something with a host until it succeeds, or what is wrong will not pass, or there were tries enough. A
/// repository that is away for a while is no fault of the host, and costs it no try.</summary>
internal sealed class HostTries(IOptions<DeployerOptions> options, TimeProvider time, ILogger<HostTries> logger)
{
    /// <param name="host">Name of the host.</param>
    /// <param name="work">One try.</param>
    /// <param name="isFinal">Whether a failure that may pass is the end all the same.</param>
    /// <param name="cancellation">Ends the pauses between the tries.</param>
    /// <param name="purpose">What the host is visited for, as the meter names it.</param>
    /// <returns>What was wrong the last time; <c>null</c>: nothing.</returns>
    public async Task<Failure?> RunAsync(
        string host,
        Func<Task> work,
        Func<Failure, bool> isFinal,
        CancellationToken cancellation,
        string purpose = "update"
    )
    {
        var begin = time.GetTimestamp();
        var failure = await TryAsync(host, work, isFinal, begin, cancellation);
        DeployerMeters.Record(purpose, failure, time.GetElapsedTime(begin));
        return failure;
    }

    private async Task<Failure?> TryAsync(
        string host,
        Func<Task> work,
        Func<Failure, bool> isFinal,
        long begin,
        CancellationToken cancellation
    )
    {
        var tries = 0;
        while (true)
        {
            try
            {
                await work();
                return null;
            }
            // The database is no host: its absence is for whoever handles the message.
            catch (Exception exception) when (exception is not (OperationCanceledException or DbException))
            {
                var failure = HostFailures.Of(host, exception);
                if (!IsRepositoryAway(failure) || IsPatienceOver(begin))
                {
                    tries++;
                }

                var isOver = tries >= options.Value.HostTries || !HostFailures.IsTransient(failure) || isFinal(failure);
                logger.LogWarning(
                    exception,
                    "{Host} failed{Then}: {Code}: {Message}",
                    host,
                    isOver ? "" : ", trying again",
                    failure.Code,
                    failure.Message
                );
                if (isOver)
                {
                    return failure;
                }

                await Task.Delay(options.Value.HostRetryDelay, time, cancellation);
            }
        }
    }

    private static bool IsRepositoryAway(Failure failure) =>
        failure.Code is DeployerCodes.RepositoryUnavailable or DeployerCodes.RepositoryKeyMissing;

    private bool IsPatienceOver(long begin) => time.GetElapsedTime(begin) >= options.Value.RepositoryPatience;
}
