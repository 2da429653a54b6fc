using System.Globalization;
using System.Text.RegularExpressions;

namespace Canary.Packager.Metadata;

/// <summary>Reads durations as people write them: <c>30s</c>, <c>5m</c>, <c>1h30m</c>, <c>2d</c>, <c>500ms</c>.</summary>
internal static partial class Durations
{
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        var match = Pattern().Match(text);
        if (!match.Success || text.Length == 0)
        {
            return false;
        }

        duration = TimeSpan.FromMilliseconds(
            Number("d") * 86_400_000
                + Number("h") * 3_600_000
                + Number("m") * 60_000
                + Number("s") * 1_000
                + Number("ms")
        );
        return true;

        long Number(string unit) =>
            match.Groups[unit] is { Success: true } group ? long.Parse(group.Value, CultureInfo.InvariantCulture) : 0;
    }

    [GeneratedRegex(
        @"\A(?:(?<d>[0-9]{1,6})d)?(?:(?<h>[0-9]{1,6})h)?(?:(?<m>[0-9]{1,8})m)?(?:(?<s>[0-9]{1,9})s)?(?:(?<ms>[0-9]{1,9})ms)?\z",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex Pattern();
}
