using System.CommandLine.Parsing;
using System.Globalization;

namespace Canary.Cli;

/// <summary>Times on the command line: <c>500ms</c>, <c>90s</c>, <c>10m</c>, <c>1h</c>.</summary>
internal static class TimeSpans
{
    public static TimeSpan? Parse(ArgumentResult argument)
    {
        var text = argument.Tokens.Count == 1 ? argument.Tokens[0].Value : "";
        var unit = text.TrimStart([.. "0123456789."]);
        var isNumber = double.TryParse(
            text[..^unit.Length],
            NumberStyles.AllowDecimalPoint,
            CultureInfo.InvariantCulture,
            out var number
        );
        TimeSpan? time = unit switch
        {
            _ when !isNumber => null,
            "ms" => TimeSpan.FromMilliseconds(number),
            "s" or "" => TimeSpan.FromSeconds(number),
            "m" => TimeSpan.FromMinutes(number),
            "h" => TimeSpan.FromHours(number),
            _ => null,
        };
        if (time is null)
        {
            argument.AddError($"'{text}' is not a time: give a number with ms, s, m or h, for example 90s.");
        }
        return time;
    }
}
