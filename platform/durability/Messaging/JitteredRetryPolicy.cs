using MassTransit;
using MassTransit.RetryPolicies;

namespace Canary.Durability.Messaging;

/// <summary>Tries again after pauses that double up to a longest one. A part of each is chance, so that those who got in each
/// other's way do not meet again.</summary>
/// <param name="filter">Which errors it is for.</param>
/// <param name="limit">Tries after the first; <c>null</c>: as many as it takes.</param>
/// <param name="shortest">Pause before the second try.</param>
/// <param name="longest">Longest pause.</param>
internal sealed class JitteredRetryPolicy(IExceptionFilter filter, int? limit, TimeSpan shortest, TimeSpan longest)
    : IRetryPolicy
{
    public bool IsHandled(Exception exception) => filter.Match(exception);

    public void Probe(ProbeContext context)
    {
        context.Set(
            new
            {
                Policy = "Jittered",
                Limit = limit,
                Shortest = shortest,
                Longest = longest,
            }
        );
        filter.Probe(context);
    }

    RetryPolicyContext<T> IRetryPolicy.CreatePolicyContext<T>(T context) => new Begun<T>(this, context);

    private TimeSpan PauseBefore(int retry)
    {
        var pause = Math.Min(shortest.Ticks * Math.Pow(2, Math.Min(retry, 30)), longest.Ticks);
        return TimeSpan.FromTicks((long)(pause * (0.5 + (Random.Shared.NextDouble() / 2))));
    }

    private sealed class Begun<T>(JitteredRetryPolicy policy, T context) : BaseRetryPolicyContext<T>(policy, context)
        where T : class, PipeContext
    {
        protected override RetryContext<T> CreateRetryContext(
            Exception exception,
            CancellationToken cancellationToken
        ) => new Retry<T>(policy, Context, exception, 0, cancellationToken);
    }

    private sealed class Retry<T>(
        JitteredRetryPolicy policy,
        T context,
        Exception exception,
        int retries,
        CancellationToken cancellation
    ) : BaseRetryContext<T>(context, exception, retries, cancellation), RetryContext<T>
        where T : class, PipeContext
    {
        private readonly JitteredRetryPolicy _policy = policy;

        public override TimeSpan? Delay => _policy.PauseBefore(RetryCount);

        bool RetryContext<T>.CanRetry(Exception exception, out RetryContext<T> retryContext)
        {
            retryContext = new Retry<T>(_policy, Context, exception, RetryCount + 1, CancellationToken);
            return RetryCount + 1 < (_policy.Limit ?? int.MaxValue)
                && _policy.IsHandled(exception)
                && !CancellationToken.IsCancellationRequested;
        }
    }

    private int? Limit => limit;
}
