namespace Canary.Durability.Storage;

/// <summary>
/// What due times and leases are reckoned by. A database server's clock, which all replicas share; or, where the store is a file of
/// this process, the time since the process started: whoever sets the clock of the machine neither hurries nor delays what is
/// waited for.
/// </summary>
public sealed class StoreClock
{
    private readonly TimeProvider _time;
    private readonly bool _isShared;
    private readonly DateTimeOffset _start;
    private readonly long _startStamp;

    /// <param name="time">The time of this process.</param>
    /// <param name="isShared">Whether that is the database server's.</param>
    public StoreClock(TimeProvider time, bool isShared)
    {
        ArgumentNullException.ThrowIfNull(time);

        _time = time;
        _isShared = isShared;
        _start = time.GetUtcNow();
        _startStamp = time.GetTimestamp();
    }

    /// <summary>The time, UTC. Not for people: it may be far from that of the machine.</summary>
    public DateTimeOffset Now => _isShared ? _time.GetUtcNow() : _start + _time.GetElapsedTime(_startStamp);

    /// <summary>Whether a time came while nobody was there: before this process started, where there is no other.</summary>
    public bool WasMissed(DateTimeOffset? due) => !_isShared && due < _start;
}
