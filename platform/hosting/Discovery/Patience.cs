using Canary.Failures;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;

namespace Canary.Hosting.Discovery;

/// <summary>Waits for another service that is away, which is no fault of what is to be done.</summary>
public static class Patience
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(15);

    /// <summary>Does something, again and again while that fails with a code that says that the service is away.</summary>
    /// <param name="attempt">What to do.</param>
    /// <param name="unreachable">The code.</param>
    /// <param name="longest">How long it is tried.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Learns of each attempt that fails.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="CanaryException">The last attempt failed, or one failed otherwise.</exception>
    public static async Task WaitAsync(
        Func<CancellationToken, Task> attempt,
        string unreachable,
        TimeSpan longest,
        TimeProvider time,
        ILogger logger,
        CancellationToken cancellation
    )
    {
        ArgumentNullException.ThrowIfNull(attempt);
        ArgumentNullException.ThrowIfNull(time);

        var started = time.GetTimestamp();
        var patiently = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(
                new RetryStrategyOptions
                {
                    ShouldHandle = args =>
                        ValueTask.FromResult(
                            args.Outcome.Exception is CanaryException away
                                && away.Code == unreachable
                                && time.GetElapsedTime(started) < longest
                        ),
                    BackoffType = DelayBackoffType.Exponential,
                    Delay = FirstPause,
                    MaxDelay = LongestPause,
                    MaxRetryAttempts = int.MaxValue,
                    OnRetry = args =>
                    {
                        logger.LogWarning(
                            "{Reason} Trying again in {Pause}",
                            args.Outcome.Exception?.Message,
                            args.RetryDelay
                        );
                        return ValueTask.CompletedTask;
                    },
                }
            )
            .Build();
        await patiently.ExecuteAsync(async token => await attempt(token), cancellation);
    }
}
