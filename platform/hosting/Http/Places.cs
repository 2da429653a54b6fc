using System.Net;
using System.Threading.RateLimiting;

namespace Canary.Hosting.Http;

/// <summary>Places of requests in flight: so many for each client address, so many in all. Who finds none waits its turn, within
/// bounds.</summary>
/// <param name="inAll">How many there are, and how many wait.</param>
/// <param name="ofOne">How many of them one address has.</param>
/// <param name="time">Measures the wait.</param>
internal sealed class Places(PlaceBound inAll, PlaceBound ofOne, TimeProvider time) : IDisposable
{
    /// <summary>Longer than a fleet takes to be served, shorter than most clients wait.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    private readonly PartitionedRateLimiter<IPAddress> _ofAddress = PartitionedRateLimiter.Create<IPAddress, IPAddress>(
        address => RateLimitPartition.GetConcurrencyLimiter(address, _ => Limiter(ofOne))
    );

    private readonly ConcurrencyLimiter _ofAll = new(Limiter(inAll));

    private int _waiting;

    /// <returns>The place, given back when it is disposed of; <c>null</c>: there is none, and no room to wait.</returns>
    /// <exception cref="OperationCanceledException">The client is gone.</exception>
    public async ValueTask<IDisposable?> TakeAsync(IPAddress address, CancellationToken gone)
    {
        if (TryTake(address) is { } place)
        {
            return place;
        }

        try
        {
            return Interlocked.Increment(ref _waiting) <= inAll.Waiting ? await WaitAsync(address, gone) : null;
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    public void Dispose()
    {
        _ofAddress.Dispose();
        _ofAll.Dispose();
    }

    private Place? TryTake(IPAddress address)
    {
        var ofAddress = _ofAddress.AttemptAcquire(address);
        if (ofAddress.IsAcquired)
        {
            var ofAll = _ofAll.AttemptAcquire();
            if (ofAll.IsAcquired)
            {
                return new Place(ofAddress, ofAll);
            }
        }

        ofAddress.Dispose();
        return null;
    }

    private async Task<Place?> WaitAsync(IPAddress address, CancellationToken gone)
    {
        using var deadline = new CancellationTokenSource(LongestWait, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, gone);
        RateLimitLease? ofAddress = null;
        try
        {
            ofAddress = await _ofAddress.AcquireAsync(address, cancellationToken: either.Token);
            if (ofAddress.IsAcquired)
            {
                var ofAll = await _ofAll.AcquireAsync(cancellationToken: either.Token);
                if (ofAll.IsAcquired)
                {
                    var place = new Place(ofAddress, ofAll);
                    ofAddress = null;
                    return place;
                }
            }

            return null;
        }
        catch (OperationCanceledException) when (!gone.IsCancellationRequested)
        {
            return null;
        }
        finally
        {
            ofAddress?.Dispose();
        }
    }

    private static ConcurrencyLimiterOptions Limiter(PlaceBound bound) =>
        new()
        {
            PermitLimit = bound.Places,
            QueueLimit = bound.Waiting,
            QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
        };

    private sealed class Place(RateLimitLease ofAddress, RateLimitLease ofAll) : IDisposable
    {
        public void Dispose()
        {
            ofAll.Dispose();
            ofAddress.Dispose();
        }
    }
}

/// <summary>How many requests have a place, and how many wait for one.</summary>
internal readonly record struct PlaceBound(int Places, int Waiting);
