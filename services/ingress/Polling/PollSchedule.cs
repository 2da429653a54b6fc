namespace Canary.Ingress.Polling;

/// <summary>When each repository is due, by a clock that nobody sets. All are due at the start, one after the other; one that cannot be
/// read is looked at less and less often.</summary>
internal sealed class PollSchedule(TimeProvider time, Func<double> random)
{
    /// <summary>The share of an interval by which a look comes earlier or later: repositories of one server are not asked in
    /// step.</summary>
    private const double Jitter = 0.1;

    private const int MostDoublings = 20;

    private readonly Lock _gate = new();

    private readonly Dictionary<string, State> _states = [];

    /// <summary>Whether a repository is due; it is taken then, until it is settled.</summary>
    public bool TryTake(string repository)
    {
        lock (_gate)
        {
            if (!_states.TryGetValue(repository, out var state))
            {
                state = _states[repository] = new State();
            }

            if (state.IsTaken || (state.Since is { } since && time.GetElapsedTime(since) < state.Pause))
            {
                return false;
            }

            state.IsTaken = true;
            return true;
        }
    }

    /// <param name="repository">One that was taken.</param>
    /// <param name="interval">How often it is looked at.</param>
    /// <param name="longest">Longest pause after failures.</param>
    /// <param name="succeeded">Whether it could be read.</param>
    public void Settle(string repository, TimeSpan interval, TimeSpan longest, bool succeeded)
    {
        lock (_gate)
        {
            var state = _states[repository];
            state.Failures = succeeded ? 0 : state.Failures + 1;
            var factor = Math.Pow(2, Math.Min(state.Failures, MostDoublings)) * (1 - Jitter + (2 * Jitter * random()));
            var most = interval > longest ? interval : longest;
            state.Pause = TimeSpan.FromTicks((long)Math.Min(interval.Ticks * factor, most.Ticks * (1 + Jitter)));
            state.Since = time.GetTimestamp();
            state.IsTaken = false;
        }
    }

    /// <summary>Makes a repository due at once.</summary>
    public void Hasten(string repository)
    {
        lock (_gate)
        {
            if (_states.TryGetValue(repository, out var state))
            {
                state.Since = null;
            }
        }
    }

    private sealed class State
    {
        public long? Since { get; set; }

        public TimeSpan Pause { get; set; }

        public int Failures { get; set; }

        public bool IsTaken { get; set; }
    }
}
