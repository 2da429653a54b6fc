using System.Text;
using System.Text.RegularExpressions;

namespace Canary.Ingress.Repositories;

/// <summary>Text that people wrote somewhere else and that we only show: made harmless for terminals and logs, and short.
/// </summary>
internal static partial class PlainText
{
    /// <summary>Control characters and bidirectional overrides: they change how the text around them is read.</summary>
    public static bool IsDeceptive(char c) =>
        char.IsControl(c)
        || c is '\u2028' or '\u2029' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');

    /// <summary>One line without deceptive characters, at most so many characters; <c>null</c> if nothing is left.</summary>
    public static string? Line(string? text, int longest)
    {
        if (text is null)
        {
            return null;
        }

        var line = new StringBuilder(Math.Min(text.Length, longest));
        foreach (var rune in text.AsSpan().TrimStart().EnumerateRunes())
        {
            if (rune.Value is '\n' or '\r')
            {
                break;
            }

            if (line.Length + rune.Utf16SequenceLength > longest)
            {
                Shorten(line, longest - 1);
                line.Append('…');
                break;
            }

            line.Append(rune.IsBmp && IsDeceptive((char)rune.Value) ? "\uFFFD" : rune.ToString());
        }

        var trimmed = line.ToString().Trim();
        return trimmed.Length == 0 ? null : trimmed;
    }

    /// <summary>An address for a message: without the user information, which may hold a password.</summary>
    public static string? Address(string? text) =>
        Line(text is null ? null : UserInformation().Replace(text, "//"), 200);

    /// <summary>An absolute <c>http</c> or <c>https</c> address, or <c>null</c>: nothing else may become a link.</summary>
    public static string? WebAddress(string? text) =>
        text is { Length: <= 2000 }
        && !text.Any(c => IsDeceptive(c) || char.IsWhiteSpace(c))
        && Uri.TryCreate(text, UriKind.Absolute, out var uri)
        && uri.Scheme is "https" or "http"
        && uri.UserInfo.Length == 0
            ? uri.AbsoluteUri
            : null;

    private static void Shorten(StringBuilder line, int length)
    {
        if (line.Length > length)
        {
            line.Length = char.IsHighSurrogate(line[length - 1]) ? length - 1 : length;
        }
    }

    [GeneratedRegex("//[^/]*@")]
    private static partial Regex UserInformation();
}
