namespace Canary.Simulation.Tests.Time;

/// <summary>
/// A clock that stands still until it is told to go on. Each timer that is due by then fires once, however often it would have fired
/// meanwhile: so it is for a process that stood still as well.
/// </summary>
/// <param name="start">What it shows at first.</param>
/// <param name="stillness">Is told of timers, to know what waits for one.</param>
internal sealed class SimulatedTime(DateTimeOffset start, Stillness stillness) : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly SortedSet<(DateTimeOffset Due, long Order, SimulatedTimer Timer)> _waiting = new(
        Comparer<(DateTimeOffset Due, long Order, SimulatedTimer)>.Create(
            (one, other) => one.Due != other.Due ? one.Due.CompareTo(other.Due) : one.Order.CompareTo(other.Order)
        )
    );

    private DateTimeOffset _now = start;
    private long _timers;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>When the next timer is due; <c>null</c>: there is none.</summary>
    public DateTimeOffset? NextDue
    {
        get
        {
            lock (_gate)
            {
                return _waiting.Count > 0 ? _waiting.Min.Due : null;
            }
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
        {
            return _now;
        }
    }

    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new SimulatedTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Sets the clock, and fires what is due by then.</summary>
    public void GoTo(DateTimeOffset then)
    {
        var due = new List<SimulatedTimer>();
        lock (_gate)
        {
            _now = then > _now ? then : _now;
            while (_waiting.Count > 0 && _waiting.Min.Due <= _now)
            {
                var timer = _waiting.Min.Timer;
                due.Add(timer);
                timer.BeginFiring();
                Set(timer, timer.Period is { } period ? _now + period : null);
            }
        }

        foreach (var timer in due)
        {
            stillness.Run(timer.Fire);
        }
    }

    /// <summary>Puts a timer in its place. The caller has the gate.</summary>
    private void Set(SimulatedTimer timer, DateTimeOffset? due)
    {
        if (timer.Due is { } old)
        {
            _waiting.Remove((old, timer.Order, timer));
            timer.Waits?.End();
        }

        timer.Due = due;
        timer.Waits = null;
        if (due is { } then)
        {
            timer.Order = ++_timers;
            timer.Waits = timer.Period is null ? stillness.BeginWait() : null;
            _waiting.Add((then, timer.Order, timer));
        }
    }

    private sealed class SimulatedTimer(SimulatedTime time, TimerCallback callback, object? state) : ITimer
    {
        private volatile bool _isDisposed;
        private volatile TaskCompletionSource? _fired;

        public DateTimeOffset? Due { get; set; }

        public long Order { get; set; }

        public TimeSpan? Period { get; private set; }

        /// <summary>The visit that waits for it.</summary>
        public Stillness.Wait? Waits { get; set; }

        /// <summary>The caller has the gate.</summary>
        public void BeginFiring() =>
            _fired = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Fire()
        {
            try
            {
                if (!_isDisposed)
                {
                    callback(state);
                }
            }
            finally
            {
                _fired!.TrySetResult();
            }
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._gate)
            {
                Period = period > TimeSpan.Zero ? period : null;
                time.Set(this, dueTime < TimeSpan.Zero ? null : time._now + dueTime);
            }

            if (dueTime == TimeSpan.Zero)
            {
                time.GoTo(time.GetUtcNow());
            }

            return true;
        }

        public void Dispose()
        {
            _isDisposed = true;
            lock (time._gate)
            {
                time.Set(this, null);
            }
        }

        /// <summary>Whoever disposes of a timer so is sure that it fires no more.</summary>
        public async ValueTask DisposeAsync()
        {
            Dispose();
            await (_fired?.Task ?? Task.CompletedTask);
        }
    }
}
