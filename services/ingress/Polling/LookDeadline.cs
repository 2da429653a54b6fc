using Canary.Failures;
using Canary.Ingress.Repositories;

namespace Canary.Ingress.Polling;

/// <summary>The time that one look has, for all that it asks.</summary>
internal sealed class LookDeadline(KnownRepository repository, TimeSpan limit, TimeProvider time)
{
    private readonly long _began = time.GetTimestamp();

    public bool HasPassed => Left <= TimeSpan.Zero;

    private TimeSpan Left => limit - time.GetElapsedTime(_began);

    /// <summary>Asks, as long as there is time.</summary>
    /// <exception cref="CanaryException">There was no answer in time.</exception>
    public async Task<T> WithinAsync<T>(Func<CancellationToken, Task<T>> ask, CancellationToken cancellation)
    {
        using var late = new CancellationTokenSource(HasPassed ? TimeSpan.Zero : Left, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellation);
        try
        {
            return await ask(either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new CanaryException(
                IngressCodes.RepositoryUnreachable,
                $"'{repository.Name}' did not answer in time: one look may take {limit}.",
                "Check the network and the server; if it needs longer, set ingress.polling.timeout."
            );
        }
    }
}
