using System.Buffers;

namespace Canary.Ingress.Webhooks;

/// <summary>Marks in the message of a commit that ask for no release: those that GitHub skips workflows by. Source: docs.github.com,
/// "Skipping workflow runs".</summary>
internal static class SkipMark
{
    private const string Trailer = "skip-checks: true";

    private static readonly SearchValues<char> NameCharacters = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-"
    );

    private static readonly string[] Anywhere =
    [
        "[skip ci]",
        "[ci skip]",
        "[no ci]",
        "[skip actions]",
        "[actions skip]",
    ];

    /// <returns>The mark; <c>null</c>: there is none.</returns>
    public static string? In(string? message)
    {
        if (message is null)
        {
            return null;
        }

        var mark = Array.Find(Anywhere, it => message.Contains(it, StringComparison.OrdinalIgnoreCase));
        return mark ?? (IsAmongTrailers(message) ? Trailer : null);
    }

    /// <summary>GitHub wants two empty lines before it; git takes a trailer after one, and tools write them so. Each line is read once,
    /// from the end: whoever pushes writes the message.</summary>
    private static bool IsAmongTrailers(string message)
    {
        var rest = message.AsSpan().TrimEnd();
        var found = false;
        for (var end = rest.LastIndexOf('\n'); end >= 0; end = rest.LastIndexOf('\n'))
        {
            var line = rest[(end + 1)..].TrimEnd();
            if (line.IsEmpty)
            {
                return found;
            }

            if (!IsTrailer(line))
            {
                return false;
            }

            found |= IsMark(line);
            rest = rest[..end];
        }

        return false;
    }

    private static bool IsTrailer(ReadOnlySpan<char> line)
    {
        var colon = line.IndexOf(':');
        return colon > 0 && line[..colon].IndexOfAnyExcept(NameCharacters) < 0;
    }

    private static bool IsMark(ReadOnlySpan<char> line) =>
        line.Equals(Trailer, StringComparison.OrdinalIgnoreCase)
        || line.Equals("skip-checks:true", StringComparison.OrdinalIgnoreCase);
}
