using System.Globalization;
using System.Net;

namespace Canary.GitHub;

/// <summary>
/// How much GitHub may still be asked by one App, installation or token, and when again after it was too much
/// (docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api). Whoever goes on asking may be banned, so nothing is asked
/// meanwhile. It goes by GitHub's own clock and by one that nobody sets.
/// </summary>
internal sealed class RequestLimits(TimeSpan pause, TimeProvider time)
{
    /// <summary>The longest that GitHub is believed; its windows are an hour.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1.5);

    private readonly Lock _gate = new();

    private long _since;
    private TimeSpan _length;

    /// <summary>How long nothing is asked; 0: it may be.</summary>
    public TimeSpan Left
    {
        get
        {
            lock (_gate)
            {
                return _length - time.GetElapsedTime(_since) is { Ticks: > 0 } left ? left : TimeSpan.Zero;
            }
        }
    }

    /// <summary>Requests per hour; <c>null</c>: GitHub has not said, or counts none.</summary>
    public int? Limit { get; private set; }

    /// <summary>How many of them are left.</summary>
    public int? Remaining { get; private set; }

    /// <summary>Takes what an answer says of it.</summary>
    /// <returns>Whether the request was one too many.</returns>
    public bool Learn(HttpResponseMessage response)
    {
        Limit = NumberIn(response, "X-RateLimit-Limit") is { } limit ? (int)limit : Limit;
        Remaining = NumberIn(response, "X-RateLimit-Remaining") is { } left ? (int)left : Remaining;
        if (!IsRefusal(response))
        {
            return false;
        }

        var wished = WishOf(response) ?? pause;
        lock (_gate)
        {
            _since = time.GetTimestamp();
            _length = wished < LongestPause ? wished : LongestPause;
        }

        return true;
    }

    /// <summary>403 stands for missing permissions as well; then it speaks of no limit.</summary>
    private static bool IsRefusal(HttpResponseMessage response) =>
        response.StatusCode == HttpStatusCode.TooManyRequests
        || (
            response.StatusCode == HttpStatusCode.Forbidden
            && (response.Headers.RetryAfter is not null || NumberIn(response, "X-RateLimit-Remaining") == 0)
        );

    private static TimeSpan? WishOf(HttpResponseMessage response)
    {
        var now = response.Headers.Date;
        var wish =
            response.Headers.RetryAfter?.Delta
            ?? response.Headers.RetryAfter?.Date - now
            ?? (
                NumberIn(response, "X-RateLimit-Remaining") == 0
                && NumberIn(response, "X-RateLimit-Reset") is { } reset
                && reset is >= 0 and < 253_402_300_800
                    ? DateTimeOffset.FromUnixTimeSeconds(reset) - now
                    : null
            );
        return wish is { Ticks: > 0 } ? wish : null;
    }

    private static long? NumberIn(HttpResponseMessage response, string header) =>
        response.Headers.TryGetValues(header, out var values)
        && long.TryParse(values.First(), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
}
