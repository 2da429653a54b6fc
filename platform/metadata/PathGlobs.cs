using System.Text;
using System.Text.RegularExpressions;
using Canary.Failures;

namespace Canary.Metadata;

/// <summary>
/// Patterns of paths in a repository. <c>*</c> and <c>?</c> stay within one name, <c>**</c> spans directories,
/// <c>[abc]</c> is one of these characters. A pattern without a slash matches a name at any depth; one with a slash starts
/// at the repository's root. A directory that matches takes all that is in it along.
/// </summary>
public sealed class PathGlobs
{
    /// <summary>A matcher takes tens of kilobytes for each character.</summary>
    private const int Longest = 1000;

    /// <summary>The same of all patterns of a list.</summary>
    private const int LongestTogether = 20_000;

    private readonly Regex[] _patterns;

    public PathGlobs(IEnumerable<string> globs) => _patterns = [.. globs.Select(Compile)];

    /// <summary>The patterns that a metadata file lists.</summary>
    /// <exception cref="CanaryException">It is no list, or they are too long together.</exception>
    public static IReadOnlyList<TextNode> Listed(MetadataNode node, string key)
    {
        ArgumentNullException.ThrowIfNull(node);

        var globs = node.AsTexts(key);
        return globs.Sum(glob => glob.Text.Length) <= LongestTogether
            ? globs
            : throw node.Wrong(
                key,
                $"has patterns of more than {LongestTogether} characters together",
                "Write fewer and shorter ones: `**` and the name of a directory take all that is in it."
            );
    }

    /// <summary>Why a text is not a pattern; <c>null</c> if it is one.</summary>
    public static string? Fault(string glob) =>
        glob.Length > Longest ? $"is longer than {Longest}"
        : glob.Trim('/').Length == 0 ? "is empty"
        : glob.StartsWith('!') ? "begins with '!': taking files back in is not supported"
        : glob.Split('/').Contains("..") ? "contains '..'"
        : FaultOfPattern(glob);

    /// <summary>Whether the path, or a directory above it, matches a pattern.</summary>
    public bool Matches(string path) => _patterns.Any(pattern => pattern.IsMatch(path));

    private static string? FaultOfPattern(string glob)
    {
        try
        {
            Compile(glob);
            return null;
        }
        catch (ArgumentException)
        {
            return "has a range of characters that ends before it begins";
        }
    }

    private static Regex Compile(string glob)
    {
        var body = glob.Trim('/');
        var anchored = glob.TrimEnd('/').Contains('/', StringComparison.Ordinal);
        var text = new StringBuilder(anchored ? "^" : "(^|/)");
        for (var i = 0; i < body.Length; i++)
        {
            switch (body[i])
            {
                case '*' when i + 1 < body.Length && body[i + 1] == '*':
                    i++;
                    var spansNames = i + 1 < body.Length && body[i + 1] == '/';
                    text.Append(spansNames ? "(.*/)?" : ".*");
                    i += spansNames ? 1 : 0;
                    break;
                case '*':
                    text.Append("[^/]*");
                    break;
                case '?':
                    text.Append("[^/]");
                    break;
                case '[' when body.IndexOf(']', i + 2) is > 0 and var end:
                    var set = body[(i + 1)..end];
                    var negated = set[0] is '!' or '^';
                    var members = set[(negated ? 1 : 0)..].Replace(@"\", @"\\", StringComparison.Ordinal);
                    text.Append(negated ? "[^/" : "[")
                        .Append(members.Replace("[", @"\[", StringComparison.Ordinal))
                        .Append(']');
                    i = end;
                    break;
                default:
                    text.Append(Regex.Escape(body[i].ToString()));
                    break;
            }
        }

        // A trailing slash asks for a directory, so something must follow.
        text.Append(glob.EndsWith('/') ? "/" : @"(/|\z)");
        return new Regex(
            text.ToString(),
            RegexOptions.NonBacktracking | RegexOptions.Singleline | RegexOptions.CultureInvariant
        );
    }
}
