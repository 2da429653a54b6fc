namespace Canary.Durability.Sagas;

/// <summary>Pauses of a question that is asked more and more seldom.</summary>
public static class BackOff
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    /// <summary>The pause after the last time that the saga asked: doubled each time, up to 10 minutes or what the first one takes.</summary>
    public static TimeSpan Of(IAskingSaga saga, TimeSpan first)
    {
        ArgumentNullException.ThrowIfNull(saga);

        var pause = first * Math.Pow(2, Math.Clamp(saga.Attempts - 1, 0, 20));
        return pause < Longest || first > Longest ? pause : Longest;
    }
}
