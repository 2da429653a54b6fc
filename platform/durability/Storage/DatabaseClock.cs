namespace Canary.Durability.Storage;

/// <summary>
/// The clock of the database server, which all replicas share: whatever is written down with a time, or compared with one, means
/// the same to each of them, however far off the clock of its machine is. Between two answers of the server it goes on evenly.
/// </summary>
/// <param name="machine">The clock of this machine: it counts until the server has answered.</param>
internal sealed class DatabaseClock(TimeProvider machine) : TimeProvider
{
    private readonly long _start = machine.GetTimestamp();
    private long _startTicks = machine.GetUtcNow().UtcTicks;

    /// <summary>The clock of this machine.</summary>
    public TimeProvider Machine => machine;

    public override TimeZoneInfo LocalTimeZone => machine.LocalTimeZone;

    public override long TimestampFrequency => machine.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => At(machine.GetTimestamp());

    public override long GetTimestamp() => machine.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        machine.CreateTimer(callback, state, dueTime, period);

    /// <summary>Takes note of what the server's clock shows. It showed it at some moment between question and answer: as long as
    /// that is possible, nothing changes, so a slow answer does no harm.</summary>
    /// <param name="theirs">What it showed.</param>
    /// <param name="asked">Timestamp before the question.</param>
    /// <param name="answered">Timestamp after the answer.</param>
    public void Hear(DateTimeOffset theirs, long asked, long answered)
    {
        var (earliest, latest) = (At(asked), At(answered));
        if (theirs < earliest || theirs > latest)
        {
            var middle = earliest + ((latest - earliest) / 2);
            Interlocked.Add(ref _startTicks, (theirs - middle).Ticks);
        }
    }

    private DateTimeOffset At(long timestamp) =>
        new(Interlocked.Read(ref _startTicks) + machine.GetElapsedTime(_start, timestamp).Ticks, TimeSpan.Zero);
}

/// <summary>The clock of this machine, which need not be the one that the services go by.</summary>
public static class MachineClock
{
    /// <summary>What the files of this machine are dated by, and what its signatures and logs are compared with.</summary>
    public static TimeProvider OfThisMachine(this TimeProvider time) => (time as DatabaseClock)?.Machine ?? time;
}
