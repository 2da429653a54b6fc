using Canary.Failures;

namespace Canary.Consul;

/// <summary>Follows a blocking query by the rules of developer.hashicorp.com/consul/api-docs/features/blocking.</summary>
public static class ConsulWatch
{
    // However fast something changes, Consul is not asked without a breath in between.
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    /// <summary>Asks again and again, until it is cancelled.</summary>
    /// <param name="ask">Asks with the index of the last answer; 0: the answer comes at once.</param>
    /// <param name="answered">Gets every answer; one may be the same as the one before.</param>
    /// <param name="failed">Gets every failure; the question is asked again after a pause.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task RunAsync<T>(
        Func<ulong, CancellationToken, Task<ConsulAnswer<T>>> ask,
        Action<ConsulAnswer<T>> answered,
        Action<CanaryException> failed,
        TimeProvider time,
        CancellationToken cancellation
    )
    {
        ArgumentNullException.ThrowIfNull(ask);
        ArgumentNullException.ThrowIfNull(answered);
        ArgumentNullException.ThrowIfNull(failed);

        var index = 0UL;
        var failures = 0;
        while (true)
        {
            var pause = Breath;
            try
            {
                var answer = await ask(index, cancellation);
                index = NextIndex(index, answer.Index);
                failures = 0;
                answered(answer);
            }
            catch (Exception exception) when (!cancellation.IsCancellationRequested)
            {
                failed(exception as CanaryException ?? ConsulErrors.Unforeseen(exception));
                // What answers next may be another Consul, which has not come so far and would wait until it has.
                index = 0;
                pause = PauseAfter(failures++);
            }

            await Task.Delay(pause, time, cancellation);
        }
    }

    /// <summary>The index to ask with next: one that goes backwards means another past, so nothing is waited for; 0 would
    /// never wait.</summary>
    internal static ulong NextIndex(ulong asked, ulong answered) => answered < asked ? 0 : Math.Max(1, answered);

    private static TimeSpan PauseAfter(int failures)
    {
        var pause = TimeSpan.FromMilliseconds(250 * Math.Pow(2, Math.Min(failures, 10)));
        var most = pause < LongestPause ? pause : LongestPause;
        // Many watches that lost the same Consul do not all come back at once.
        return most * (0.5 + (Random.Shared.NextDouble() / 2));
    }
}
