using System.Globalization;
using System.Text.RegularExpressions;

namespace Canary.Deployer.Gates;

/// <summary>
/// Times of a week at which a rollout may go on, by the clocks of a place: <c>mon-fri 09:00-16:00 Europe/Berlin</c>. Whether it is open is
/// asked of the wall clock there. So a time that daylight saving leaves out is no time to be open, and one that comes twice is one
/// twice.
/// </summary>
internal sealed partial record DeploymentWindow
{
    private const int DaysAhead = 15;

    private const string Form = "Write days, times and a time zone, such as 'mon-fri 09:00-16:00 Europe/Berlin'.";

    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private static readonly string[] Names = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

    private readonly IReadOnlySet<DayOfWeek> _days;
    private readonly TimeSpan _from;
    private readonly TimeSpan _until;
    private readonly TimeZoneInfo _zone;
    private readonly string _text;

    private DeploymentWindow(
        IReadOnlySet<DayOfWeek> days,
        TimeSpan from,
        TimeSpan until,
        TimeZoneInfo zone,
        string text
    ) => (_days, _from, _until, _zone, _text) = (days, from, until, zone, text);

    /// <summary>What is wrong with a text; <c>null</c>: nothing.</summary>
    public static string? ProblemWith(string text) => TryParse(text, out var problem) is null ? problem : null;

    /// <exception cref="FormatException">The text is no window.</exception>
    public static DeploymentWindow Parse(string text) =>
        TryParse(text, out var problem) ?? throw new FormatException(problem);

    private static DeploymentWindow? TryParse(string text, out string problem)
    {
        problem = $"'{text}' is no window. {Form}";
        if (
            Pattern().Match(text.Trim()) is not { Success: true } parts
            || DaysOf(parts.Groups["days"].Value) is not { } days
            || TimeOf(parts.Groups["from"].Value) is not { } from
            || TimeOf(parts.Groups["until"].Value) is not { } until
            || from == Day
        )
        {
            return null;
        }

        var name = parts.Groups["zone"] is { Success: true } zone ? zone.Value : "UTC";
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(name, out var found))
        {
            problem =
                $"'{text}': there is no time zone '{name}' on this machine. Name one of the IANA, such as Europe/Berlin, and install tzdata.";
            return null;
        }

        if (from == until)
        {
            problem = $"'{text}' begins when it ends. For whole days write 00:00-24:00.";
            return null;
        }

        return new DeploymentWindow(days, from, until, found, text.Trim());
    }

    /// <summary>Whether it is open.</summary>
    public bool IsOpen(DateTimeOffset now)
    {
        var there = TimeZoneInfo.ConvertTime(now, _zone);
        var (today, time) = (there.DayOfWeek, there.TimeOfDay);
        return _from < _until
            ? _days.Contains(today) && time >= _from && time < _until
            : (_days.Contains(today) && time >= _from) || (_days.Contains(Before(today)) && time < _until);
    }

    /// <summary>When it opens next, by the clocks there; <c>null</c>: not in the next two weeks.</summary>
    public DateTimeOffset? NextOpening(DateTimeOffset now)
    {
        var date = TimeZoneInfo.ConvertTime(now, _zone).Date;
        return Enumerable
            .Range(0, DaysAhead)
            .Select(days => date.AddDays(days))
            .Where(day => _days.Contains(day.DayOfWeek))
            .SelectMany(day => InstantsOf(day + _from))
            .Where(instant => instant >= now && IsOpen(instant))
            .Select(instant => (DateTimeOffset?)instant)
            .FirstOrDefault();
    }

    /// <summary>A time when it opens, in words: with the day, and the offset that the clocks have there.</summary>
    public static string Words(DateTimeOffset time) =>
        time.ToString("ddd yyyy-MM-dd HH:mm zzz", CultureInfo.InvariantCulture);

    public override string ToString() => _text;

    /// <summary>A wall clock shows most times once, some twice, and some not: then the first that it shows after.</summary>
    private IEnumerable<DateTimeOffset> InstantsOf(DateTime time)
    {
        while (_zone.IsInvalidTime(time))
        {
            time = time.AddMinutes(1);
        }

        return _zone.IsAmbiguousTime(time)
            ? _zone.GetAmbiguousTimeOffsets(time).OrderDescending().Select(offset => new DateTimeOffset(time, offset))
            : [new DateTimeOffset(time, _zone.GetUtcOffset(time))];
    }

    private static DayOfWeek Before(DayOfWeek day) => (DayOfWeek)(((int)day + 6) % 7);

    private static HashSet<DayOfWeek>? DaysOf(string text)
    {
        if (text.Equals("daily", StringComparison.OrdinalIgnoreCase))
        {
            return [.. Enum.GetValues<DayOfWeek>()];
        }

        var days = new HashSet<DayOfWeek>();
        foreach (var part in text.Split(','))
        {
            var ends = part.Split('-').Select(name => Array.IndexOf(Names, name.ToLowerInvariant())).ToArray();
            if (ends.Length > 2 || ends.Contains(-1))
            {
                return null;
            }

            for (var day = ends[0]; ; day = (day + 1) % 7)
            {
                days.Add((DayOfWeek)day);
                if (day == ends[^1])
                {
                    break;
                }
            }
        }

        return days;
    }

    private static TimeSpan? TimeOf(string text) =>
        text == "24:00" ? Day
        : TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
            ? time.ToTimeSpan()
        : null;

    [GeneratedRegex(@"\A(?<days>[A-Za-z,-]+) +(?<from>\d\d:\d\d)-(?<until>\d\d:\d\d)( +(?<zone>[A-Za-z0-9_+/-]+))?\z")]
    private static partial Regex Pattern();
}
