namespace Canary.Hosting.Tests;

/// <summary>The clock of a machine that somebody has set wrong, or sets while it runs. Its seconds are as long as those of others.
/// </summary>
internal sealed class SetClock(TimeSpan ahead = default) : TimeProvider
{
    public TimeSpan Ahead { get; set; } = ahead;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Ahead;
}
