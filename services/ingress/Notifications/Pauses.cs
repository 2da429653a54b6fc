namespace Canary.Ingress.Notifications;

/// <summary>
/// When a channel is tried again after it failed, or one of its messages was refused. The pauses double, and none is quite like
/// another, so that many do not come back at one moment. They go by a clock that nobody sets, and end with the process: whoever
/// starts it wants to know whether it works now.
/// </summary>
internal sealed class Pauses(TimeSpan first, TimeSpan longest, TimeProvider time)
{
    /// <summary>The longest that a service is believed.</summary>
    private static readonly TimeSpan LongestWish = TimeSpan.FromHours(1);

    private readonly Dictionary<Guid, Pause> _messages = [];

    private Pause _channel;

    /// <summary>How long nothing is delivered; 0: it may.</summary>
    public TimeSpan OfChannel => Left(_channel);

    /// <summary>Releases of which nothing is told for now.</summary>
    public IReadOnlyList<Guid> OfMessages =>
        [.. _messages.Where(it => Left(it.Value) > TimeSpan.Zero).Select(it => it.Key)];

    /// <summary>How long until something may be tried that is paused; <c>null</c>: nothing is.</summary>
    public TimeSpan? Shortest =>
        OfChannel > TimeSpan.Zero
            ? OfChannel
            : _messages.Values.Select(Left).Where(left => left > TimeSpan.Zero).Select(left => (TimeSpan?)left).Min();

    public void Delivered(Guid release)
    {
        _channel = default;
        _messages.Remove(release);
    }

    public void Settled(Guid release) => _messages.Remove(release);

    public void Failed(Guid release, DeliveryException failure)
    {
        if (failure.IsOfMessage)
        {
            _messages[release] = After(_messages.GetValueOrDefault(release), failure.RetryAfter);
        }
        else
        {
            _channel = After(_channel, failure.RetryAfter);
        }
    }

    private Pause After(Pause before, TimeSpan? wish)
    {
        var doubled = Math.Min(first.Ticks * Math.Pow(2, Math.Min(before.Failures, 30)), longest.Ticks);
        var jittered = TimeSpan.FromTicks((long)(doubled * (0.75 + (Random.Shared.NextDouble() / 4))));
        var wished = wish is { } it && it < LongestWish ? it : LongestWish;
        return new Pause(
            before.Failures + 1,
            time.GetTimestamp(),
            wish is not null && wished > jittered ? wished : jittered
        );
    }

    private TimeSpan Left(Pause pause) =>
        pause.Failures == 0 ? TimeSpan.Zero
        : pause.Length - time.GetElapsedTime(pause.Since) is { Ticks: > 0 } left ? left
        : TimeSpan.Zero;

    private readonly record struct Pause(int Failures, long Since, TimeSpan Length);
}
