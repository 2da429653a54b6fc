using System.Globalization;
using System.Text.RegularExpressions;

namespace Canary.Cli.Init.Recipes;

/// <summary>A time of crontab(5), as systemd.time(7) has it.</summary>
internal static partial class CronSchedule
{
    private static readonly string[] Days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

    private static readonly string[] Months =
    [
        "jan",
        "feb",
        "mar",
        "apr",
        "may",
        "jun",
        "jul",
        "aug",
        "sep",
        "oct",
        "nov",
        "dec",
    ];

    private static readonly Dictionary<string, string> Names = new(StringComparer.OrdinalIgnoreCase)
    {
        ["@hourly"] = "hourly",
        ["@daily"] = "daily",
        ["@midnight"] = "daily",
        ["@weekly"] = "Sun *-*-* 00:00:00",
        ["@monthly"] = "monthly",
        ["@yearly"] = "yearly",
        ["@annually"] = "yearly",
    };

    /// <summary>The times and the command of a line; <c>null</c>: it has none, or one that systemd has not.</summary>
    public static (IReadOnlyList<string> Schedule, string Command)? Read(string line)
    {
        var words = Blank().Split(line.Trim(), 2);
        if (words is [var name, var what] && Names.TryGetValue(name, out var schedule))
        {
            return ([schedule], what);
        }

        var fields = Blank().Split(line.Trim(), 6);
        if (fields is not [var minute, var hour, var day, var month, var weekday, var command])
        {
            return null;
        }

        var at =
            Numbers(hour, 0, 23) is { } hours && Numbers(minute, 0, 59) is { } minutes ? $"{hours}:{minutes}:00" : null;
        if (
            at is null
            || Numbers(day, 1, 31) is not { } days
            || Numbers(Named(month), 1, 12) is not { } months
            || Weekdays(weekday) is not { } of
        )
        {
            return null;
        }

        // In cron either of the two days is enough, in one time of systemd it takes both.
        return days != "*" && of.Length > 0
            ? ([$"*-{months}-{days} {at}", $"{of} *-{months}-* {at}"], command)
            : ([$"{(of.Length > 0 ? of + " " : "")}*-{months}-{days} {at}"], command);
    }

    /// <summary>Numbers with steps and ranges: <c>*/10</c> is <c>00/10</c>, <c>1-5</c> is <c>01..05</c>.</summary>
    private static string? Numbers(string field, int least, int most)
    {
        if (field == "*")
        {
            return "*";
        }

        var parts = new List<string>();
        foreach (var part in field.Split(','))
        {
            var match = Part().Match(part);
            if (!match.Success)
            {
                return null;
            }

            var isAll = match.Groups["all"].Success;
            var from = isAll ? least : Number(match.Groups["from"]);
            int? to = match.Groups["to"].Success ? Number(match.Groups["to"]) : null;
            if (from < least || from > most || to > most || to < from)
            {
                return null;
            }

            parts.Add(
                Two(from)
                    + (to is { } end ? $"..{Two(end)}" : "")
                    + (
                        match.Groups["step"].Success
                            ? $"/{Number(match.Groups["step"]).ToString(CultureInfo.InvariantCulture)}"
                            : ""
                    )
            );
            if (isAll && !match.Groups["step"].Success)
            {
                return null;
            }
        }

        return string.Join(',', parts);
    }

    /// <summary>Days of the week; empty: all of them.</summary>
    private static string? Weekdays(string field)
    {
        if (field == "*")
        {
            return "";
        }

        var parts = new List<string>();
        foreach (var part in field.Split(','))
        {
            var ends = part.Split('-').Select(DayOf).ToList();
            if (ends.Count > 2 || ends.Contains(null))
            {
                return null;
            }

            // Weeks of systemd begin on Monday.
            parts.Add(
                ends is ["Sun", var last]
                    ? last == "Sun"
                        ? "Sun"
                        : $"Sun,Mon..{last}"
                    : string.Join("..", ends)
            );
        }

        return string.Join(',', parts).Replace("Mon..Mon", "Mon", StringComparison.Ordinal);
    }

    private static string? DayOf(string text) =>
        text is [>= '0' and <= '7']
            ? Days[text[0] - '0']
            : Array.Find(Days, day => day.Equals(text, StringComparison.OrdinalIgnoreCase));

    private static string Named(string month) =>
        Array.FindIndex(Months, name => name.Equals(month, StringComparison.OrdinalIgnoreCase)) is >= 0 and var index
            ? (index + 1).ToString(CultureInfo.InvariantCulture)
            : month;

    private static int Number(Group group) =>
        int.Parse(group.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);

    private static string Two(int number) => number.ToString("00", CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\A(?:(?<all>\*)|(?<from>\d{1,2})(?:-(?<to>\d{1,2}))?)(?:/(?<step>[1-9]\d?))?\z")]
    private static partial Regex Part();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blank();
}
