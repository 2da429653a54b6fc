using Canary.Failures;

namespace Canary.Metadata;

/// <summary>
/// What a <c>canary.yml</c> says below <c>package</c> about the files that a build makes. Two services read it, and read it here: who builds
/// has to know which files to keep, and who packages whether some must have come.
/// </summary>
public static class BuildOutputSection
{
    /// <summary>Name of the file.</summary>
    public const string File = "canary.yml";

    /// <summary>Key of the section.</summary>
    public const string Key = "package";

    /// <summary>Key of the patterns.</summary>
    public const string IncludeKey = "include";

    /// <summary>Patterns of the files that a build makes and the package holds.</summary>
    /// <exception cref="CanaryException">One is no pattern of files of the repository.</exception>
    public static IReadOnlyList<string> Include(MetadataNode node) => Patterns(node, IncludeKey);

    /// <summary>Patterns of files of the repository: the syntax of <c>exclude</c>, but a pattern begins at the root.</summary>
    /// <exception cref="CanaryException">One is no such pattern.</exception>
    public static IReadOnlyList<string> Patterns(MetadataNode node, string key)
    {
        ArgumentNullException.ThrowIfNull(node);

        var patterns = PathGlobs.Listed(node, key).Select(pattern => Pattern(pattern, key)).ToList();
        return patterns.Count > 0
            ? patterns
            : throw node.Wrong(key, "is empty", $"Write patterns such as `{key}: [dist/**]`, or remove `{key}`.");
    }

    /// <summary>The patterns of a file, for who builds. A file that cannot be read has none: that is said once, with all else that is wrong with
    /// it, by who packages.</summary>
    public static IReadOnlyList<string> TryInclude(string text)
    {
        try
        {
            var section = YamlNodes.Parse(File, text).Find(Key);
            return section?.AsMap(Key).Find(IncludeKey) is { } include ? Include(include) : [];
        }
        catch (CanaryException)
        {
            return [];
        }
    }

    private static string Pattern(TextNode pattern, string key)
    {
        var fault = pattern.Text.StartsWith('/') ? "is an absolute path" : PathGlobs.Fault(pattern.Text);
        return fault is null
            ? pattern.Text
            : throw pattern.Invalid(
                key,
                fault,
                "Write patterns of files below the repository's root, such as `dist/**` or `node_modules/**`."
            );
    }
}
