using System.Text.RegularExpressions;

namespace Canary.RepositoryPublisher.Packages;

/// <summary>A Debian package version, ordered as dpkg orders it (deb-version(7)).</summary>
internal sealed partial record DebianVersion : IComparable<DebianVersion>
{
    private readonly string _text;
    private readonly int _epoch;
    private readonly string _upstream;
    private readonly string _revision;

    private DebianVersion(string text, int epoch)
    {
        _text = text;
        _epoch = epoch;
        WithoutEpoch = text[(text.IndexOf(':', StringComparison.Ordinal) + 1)..];
        var hyphen = WithoutEpoch.LastIndexOf('-');
        _upstream = hyphen < 0 ? WithoutEpoch : WithoutEpoch[..hyphen];
        _revision = hyphen < 0 ? "" : WithoutEpoch[(hyphen + 1)..];
    }

    public bool HasEpoch => WithoutEpoch.Length < _text.Length;

    /// <summary>As file names have it: Debian's archive leaves the epoch out of them.</summary>
    public string WithoutEpoch { get; }

    /// <summary>Reads a version; <c>null</c> if Debian does not allow it.</summary>
    public static DebianVersion? TryParse(string text)
    {
        var match = Syntax().Match(text);
        if (!match.Success)
        {
            return null;
        }

        var epoch = 0;
        return match.Groups["epoch"].Success && !int.TryParse(match.Groups["epoch"].ValueSpan, out epoch)
            ? null
            : new DebianVersion(text, epoch);
    }

    /// <summary>Reads a version that was checked before.</summary>
    /// <exception cref="FormatException">Debian does not allow it.</exception>
    public static DebianVersion Parse(string text) =>
        TryParse(text) ?? throw new FormatException($"'{text}' is not a Debian version.");

    public int CompareTo(DebianVersion? other)
    {
        if (other is null)
        {
            return 1;
        }

        var byEpoch = _epoch.CompareTo(other._epoch);
        if (byEpoch != 0)
        {
            return byEpoch;
        }

        var byUpstream = CompareParts(_upstream, other._upstream);
        return byUpstream != 0 ? byUpstream : CompareParts(_revision, other._revision);
    }

    public override string ToString() => _text;

    private static int CompareParts(ReadOnlySpan<char> left, ReadOnlySpan<char> right)
    {
        while (left.Length > 0 || right.Length > 0)
        {
            var byText = CompareText(TakeText(ref left), TakeText(ref right));
            if (byText != 0)
            {
                return byText;
            }

            var byNumber = CompareNumbers(TakeDigits(ref left), TakeDigits(ref right));
            if (byNumber != 0)
            {
                return byNumber;
            }
        }

        return 0;
    }

    private static ReadOnlySpan<char> TakeText(ref ReadOnlySpan<char> rest)
    {
        var end = rest.IndexOfAnyInRange('0', '9');
        return Take(ref rest, end < 0 ? rest.Length : end);
    }

    private static ReadOnlySpan<char> TakeDigits(ref ReadOnlySpan<char> rest)
    {
        var end = rest.IndexOfAnyExceptInRange('0', '9');
        return Take(ref rest, end < 0 ? rest.Length : end);
    }

    private static ReadOnlySpan<char> Take(ref ReadOnlySpan<char> rest, int length)
    {
        var taken = rest[..length];
        rest = rest[length..];
        return taken;
    }

    private static int CompareText(ReadOnlySpan<char> left, ReadOnlySpan<char> right)
    {
        for (var i = 0; i < Math.Max(left.Length, right.Length); i++)
        {
            var difference = Rank(left, i) - Rank(right, i);
            if (difference != 0)
            {
                return difference;
            }
        }

        return 0;
    }

    /// <summary>A tilde sorts before the end, the end before letters, letters before all else.</summary>
    private static int Rank(ReadOnlySpan<char> text, int index) =>
        index >= text.Length ? 0
        : text[index] == '~' ? -1
        : char.IsAsciiLetter(text[index]) ? text[index]
        : text[index] + 256;

    private static int CompareNumbers(ReadOnlySpan<char> left, ReadOnlySpan<char> right)
    {
        left = left.TrimStart('0');
        right = right.TrimStart('0');
        return left.Length != right.Length ? left.Length.CompareTo(right.Length) : left.SequenceCompareTo(right);
    }

    [GeneratedRegex(@"\A(?:(?<epoch>[0-9]+):)?[0-9][A-Za-z0-9.+~-]*(?<!-)\z")]
    private static partial Regex Syntax();
}
