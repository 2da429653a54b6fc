using System.Net;
using Canary.Hosting.Http;
using Microsoft.Extensions.Logging;

namespace Canary.Hosting.Security;

/// <summary>Tells in the log of requests that were refused before anybody knew who sent them: the first of each client address at once,
/// those that follow as a number, once in a while. Whoever sends thousands does not fill the log, and hides nobody else.</summary>
/// <param name="what">What was refused, in the singular.</param>
/// <param name="time">Measures the while.</param>
/// <param name="logger">Where it is told.</param>
public abstract class RefusedRequests(string what, TimeProvider time, ILogger logger) : IDisposable
{
    /// <summary>Time between two lines about one address.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    /// <summary>More than these share one line: whoever has many addresses has no more room than others.</summary>
    public const int MostAddresses = 50;

    private readonly Lock _gate = new();

    private readonly Dictionary<IPAddress, Untold> _clients = [];

    private ITimer? _interval;

    /// <summary>Counts one.</summary>
    /// <param name="address">Who sent it.</param>
    /// <param name="reason">Why it was refused; no secret.</param>
    public void Add(IPAddress? address, string reason)
    {
        lock (_gate)
        {
            var client = ClientAddress.Of(address);
            if (!_clients.ContainsKey(client) && _clients.Count >= MostAddresses)
            {
                client = IPAddress.Any;
            }

            if (_clients.TryGetValue(client, out var untold))
            {
                _clients[client] = new Untold(untold.Count + 1, address, reason);
                return;
            }

            _clients[client] = new Untold(0, address, reason);
            logger.LogWarning("Refused a {What} from {Address}: {Reason}", what, address, reason);
            _interval ??= time.CreateTimer(_ => Tell(), state: null, Interval, Interval);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Ends the counting.</summary>
    /// <param name="disposing">Whether it is not the finalizer that ends it.</param>
    protected virtual void Dispose(bool disposing)
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
            foreach (var (client, untold) in _clients.ToArray())
            {
                if (untold.Count == 0)
                {
                    _clients.Remove(client);
                    continue;
                }

                logger.LogWarning(
                    "Refused {Count} more {What}s within {Interval}, the last one from {Address}: {Reason}",
                    untold.Count,
                    what,
                    Interval,
                    untold.Address,
                    untold.Reason
                );
                _clients[client] = untold with { Count = 0 };
            }

            if (_clients.Count == 0)
            {
                _interval?.Dispose();
                _interval = null;
            }
        }
    }

    private readonly record struct Untold(int Count, IPAddress? Address, string Reason);
}
