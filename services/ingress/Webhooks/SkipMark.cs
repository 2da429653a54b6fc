using System.Text.RegularExpressions;

namespace Canary.Ingress.Webhooks;

/// <summary>Marks in the message of a commit that ask for no release: those that GitHub skips workflows by. Source: docs.github.com,
/// "Skipping workflow runs".</summary>
internal static partial class SkipMark
{
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
        return mark ?? (Trailer().IsMatch(message) ? "skip-checks: true" : null);
    }

    /// <summary>GitHub wants two empty lines before it; git takes a trailer after one, and tools write them so.</summary>
    [GeneratedRegex(
        @"\n\r?\n(?:[A-Za-z0-9-]+: ?.*\n)*skip-checks: ?true\s*(?:\n[A-Za-z0-9-]+: ?.*)*\s*$",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex Trailer();
}
