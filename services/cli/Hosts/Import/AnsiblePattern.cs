using System.Globalization;
using System.Text.RegularExpressions;

namespace Canary.Cli.Hosts.Import;

/// <summary>Names of hosts as inventories write them: <c>web[01:20].example.org</c>, <c>db[a:c]</c>, with a port after a colon.</summary>
internal static partial class AnsiblePattern
{
    private const int Most = 10_000;

    /// <summary>Names of hosts have 253 characters, and ranges some more.</summary>
    private const int Longest = 1_000;

    /// <exception cref="FormatException">It is none; the message says why.</exception>
    public static (IReadOnlyList<string> Hosts, string? Port) Expand(string pattern)
    {
        if (pattern.Length > Longest)
        {
            throw new FormatException($"a name has {pattern.Length} characters, and at most {Longest} are read.");
        }

        var port = PortAtEnd().Match(pattern) is { Success: true } match ? match.Groups["port"].Value : null;
        return (Ranges(port is null ? pattern : pattern[..^(port.Length + 1)]), port);
    }

    private static List<string> Ranges(string pattern)
    {
        if (Range().Match(pattern) is not { Success: true } range)
        {
            return pattern.AsSpan().IndexOfAny('[', ']') < 0 && pattern.Length > 0
                ? [pattern]
                : throw new FormatException(
                    $"'{pattern}' has a range that cannot be read: write [FIRST:LAST] or [FIRST:LAST:STEP]."
                );
        }

        var (head, tail) = (pattern[..range.Index], pattern[(range.Index + range.Length)..]);
        var rest = tail.Contains('[', StringComparison.Ordinal) ? Ranges(tail) : [tail];
        var values = Values(range.Groups["first"].Value, range.Groups["last"].Value, range.Groups["step"].Value);
        return (long)values.Count * rest.Count <= Most
            ? [.. values.SelectMany(value => rest.Select(it => head + value + it))]
            : throw new FormatException($"'{pattern}' is more than {Most} hosts.");
    }

    private static List<string> Values(string first, string last, string step)
    {
        var by = 1;
        if (step.Length > 0 && (!int.TryParse(step, CultureInfo.InvariantCulture, out by) || by == 0))
        {
            throw new FormatException($"the step of a range must be a number, 1 or more, and not {step}.");
        }

        if (first.Length == 0)
        {
            first = "0";
        }

        if (first is [var letter] && last is [var end] && char.IsAsciiLetter(letter) && char.IsAsciiLetter(end))
        {
            return letter <= end
                ? [.. Steps(letter, end, by).Select(it => ((char)it).ToString())]
                : throw new FormatException($"the range [{first}:{last}] ends before it begins.");
        }

        if (
            !int.TryParse(first, CultureInfo.InvariantCulture, out var from)
            || !int.TryParse(last, CultureInfo.InvariantCulture, out var to)
        )
        {
            throw new FormatException($"the range [{first}:{last}] is neither of numbers nor of single letters.");
        }

        // Zeros in front say how wide all of them are.
        var width = first is ['0', _, ..] ? first.Length : 0;
        if (width > 0 && last.Length != width)
        {
            throw new FormatException(
                $"the range [{first}:{last}] must have ends of one length, since it begins with 0."
            );
        }

        return from <= to && to - from <= Most
            ? [.. Steps(from, to, by).Select(it => it.ToString(CultureInfo.InvariantCulture).PadLeft(width, '0'))]
            : throw new FormatException($"the range [{first}:{last}] ends before it begins, or is longer than {Most}.");
    }

    private static IEnumerable<long> Steps(int from, int to, int by)
    {
        for (var at = (long)from; at <= to; at += by)
        {
            yield return at;
        }
    }

    [GeneratedRegex(@"\[(?<first>[A-Za-z0-9]*):(?<last>[A-Za-z0-9]+)(:(?<step>[0-9]+))?\]")]
    private static partial Regex Range();

    /// <summary>Not the colon of a range, nor those of an address of IPv6.</summary>
    [GeneratedRegex(@"\A[^:\[]*(\[[^\]]*\][^:\[]*)*:(?<port>[0-9]{1,5})\z")]
    private static partial Regex PortAtEnd();
}
