using System.Net;

namespace Canary.Ingress.Webhooks;

/// <summary>Tells in the log of webhooks that were refused before anybody knew who sent them: the first at once, those that follow
/// it as a number, once in a while. Whoever sends thousands does not fill the log.</summary>
internal sealed class RefusedWebhooks(TimeProvider time, ILogger<RefusedWebhooks> logger) : IDisposable
{
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();

    private ITimer? _interval;

    private int _untold;

    private IPAddress? _last;

    private string? _reason;

    public void Add(IPAddress? address, string reason)
    {
        lock (_gate)
        {
            if (_interval is not null)
            {
                (_untold, _last, _reason) = (_untold + 1, address, reason);
                return;
            }

            logger.LogWarning("Refused a webhook from {Address}: {Reason}", address, reason);
            _interval = time.CreateTimer(_ => Tell(), state: null, Interval, Interval);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _interval?.Dispose();
        }
    }

    private void Tell()
    {
        lock (_gate)
        {
            if (_untold == 0)
            {
                _interval?.Dispose();
                _interval = null;
                return;
            }

            logger.LogWarning(
                "Refused {Count} more webhooks within {Interval}, the last one from {Address}: {Reason}",
                _untold,
                Interval,
                _last,
                _reason
            );
            _untold = 0;
        }
    }
}
