using System.Globalization;

namespace Canary.Durability.Connections;

/// <summary>Compares a clock with this machine's. Clocks order nothing here, but signatures have dates, tokens lapse, and people
/// compare logs.</summary>
public static class ClockSkew
{
    /// <summary>What to do about it.</summary>
    public const string Remedy = "Set the clocks of both machines right (chrony, systemd-timesyncd).";

    /// <summary>Dates over HTTP are whole seconds.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(3);

    /// <summary>Says how far a clock is off, where it matters; else <c>null</c>.</summary>
    /// <param name="theirs">What it showed.</param>
    /// <param name="asked">This machine's, before it was asked.</param>
    /// <param name="answered">This machine's, when the answer was here.</param>
    /// <param name="tolerance">How far off does not matter; <c>null</c>: 3 seconds.</param>
    public static string? Of(
        DateTimeOffset theirs,
        DateTimeOffset asked,
        DateTimeOffset answered,
        TimeSpan? tolerance = null
    ) =>
        theirs > answered + (tolerance ?? Tolerance) ? $"{Words(theirs - answered)} ahead of"
        : theirs < asked - (tolerance ?? Tolerance) ? $"{Words(asked - theirs)} behind"
        : null;

    private static string Words(TimeSpan difference) =>
        difference < TimeSpan.FromMinutes(2)
            ? string.Create(CultureInfo.InvariantCulture, $"{difference.TotalSeconds:0} s")
        : difference < TimeSpan.FromHours(2)
            ? string.Create(CultureInfo.InvariantCulture, $"{difference.TotalMinutes:0} min")
        : string.Create(CultureInfo.InvariantCulture, $"{difference.TotalHours:0} h");
}
