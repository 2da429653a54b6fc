using MassTransit;
using MassTransit.RetryPolicies;

namespace Canary.Hosting.Messaging;

/// <summary>Tries again for ever, with pauses that double from 100 milliseconds up to 5 seconds.</summary>
internal sealed class PatientRetryPolicy(IExceptionFilter filter) : IRetryPolicy
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    public bool IsHandled(Exception exception) => filter.Match(exception);

    public void Probe(ProbeContext context)
    {
        context.Set(new { Policy = "Patient" });
        filter.Probe(context);
    }

    RetryPolicyContext<T> IRetryPolicy.CreatePolicyContext<T>(T context) => new Begun<T>(this, context);

    private static TimeSpan PauseBefore(int retry) =>
        TimeSpan.FromTicks(
            (long)Math.Min(ShortestPause.Ticks * Math.Pow(2, Math.Min(retry, 30)), LongestPause.Ticks)
        );

    private sealed class Begun<T>(PatientRetryPolicy policy, T context) : BaseRetryPolicyContext<T>(policy, context)
        where T : class, PipeContext
    {
        protected override RetryContext<T> CreateRetryContext(Exception exception, CancellationToken cancellationToken) =>
            new Retry<T>(policy, Context, exception, 0, cancellationToken);
    }

    private sealed class Retry<T>(
        PatientRetryPolicy policy,
        T context,
        Exception exception,
        int retries,
        CancellationToken cancellation
    ) : BaseRetryContext<T>(context, exception, retries, cancellation), RetryContext<T>
        where T : class, PipeContext
    {
        public override TimeSpan? Delay => PauseBefore(RetryCount);

        bool RetryContext<T>.CanRetry(Exception exception, out RetryContext<T> retryContext)
        {
            retryContext = new Retry<T>(policy, Context, exception, RetryCount + 1, CancellationToken);
            return policy.IsHandled(exception) && !CancellationToken.IsCancellationRequested;
        }
    }
}
