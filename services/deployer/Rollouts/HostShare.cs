using System.Globalization;

namespace Canary.Deployer.Rollouts;

/// <summary>A part of a set of hosts: a number (<c>5</c>) or a share (<c>25%</c>).</summary>
internal readonly record struct HostShare(int Value, bool IsPercentage)
{
    public static bool TryParse(string text, out HostShare share)
    {
        var isPercentage = text.EndsWith('%');
        var digits = isPercentage ? text[..^1] : text;
        var isNumber = int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var value);
        share = new HostShare(value, isPercentage);
        return isNumber && (!isPercentage || value <= 100);
    }

    public static HostShare Parse(string text) =>
        TryParse(text, out var share) ? share : throw new FormatException(ProblemWith(text));

    public static string ProblemWith(string text) =>
        $"'{text}' is neither a number of hosts (such as 5) nor a share of them (0% to 100%).";

    public override string ToString() => IsPercentage ? $"{Value}%" : $"{Value}";

    /// <summary>Hosts of a set that are at least this part of it: a wave is never smaller than it says.</summary>
    public int RoundUp(int total) => Math.Min(total, IsPercentage ? (int)(((long)Value * total + 99) / 100) : Value);

    /// <summary>Hosts of a set that are at most this part of it: a budget is never larger than it says.</summary>
    public int RoundDown(int total) => Math.Min(total, IsPercentage ? (int)((long)Value * total / 100) : Value);
}
