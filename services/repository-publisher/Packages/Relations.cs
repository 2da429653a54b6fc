using System.Text.RegularExpressions;
using Canary.Failures;

namespace Canary.RepositoryPublisher.Packages;

/// <summary>
/// The fields that relate a package to others (Policy 7.1), as dpkg and apt read them in a package: what one of them refuses
/// stops it on every host that reads the index, for all packages.
/// </summary>
internal static partial class Relations
{
    private const string Provides = "Provides";

    /// <summary>Fields that let a package take the place of another one.</summary>
    public static readonly IReadOnlyList<string> Displacing = ["Provides", "Replaces", "Conflicts", "Breaks"];

    private static readonly string[] Requiring = ["Depends", "Pre-Depends", "Recommends", "Suggests", "Enhances"];

    /// <summary>All such fields.</summary>
    public static IEnumerable<string> Fields => [.. Requiring, .. Displacing];

    /// <summary>A field as metadata has it.</summary>
    public static string KeyOf(string field) => field.ToLowerInvariant();

    /// <summary>The packages that a field names.</summary>
    /// <exception cref="CanaryException">dpkg or apt would refuse the field.</exception>
    public static IReadOnlyList<string> NamesIn(ControlParagraph control, string field) =>
        control[field] is { } value
            ? [.. value.Split(',').SelectMany(group => NamesInGroup(field, group.Replace('\n', ' ')))]
            : [];

    private static IEnumerable<string> NamesInGroup(string field, string group)
    {
        var choices = group.Split('|');
        if (choices.Length > 1 && Displacing.Contains(field))
        {
            throw Malformed(field, group, "offers a choice, which is for fields such as Depends only");
        }

        return choices.Select(choice => NameIn(field, choice));
    }

    private static string NameIn(string field, string relation)
    {
        var match = Syntax().Match(relation);
        if (!match.Success)
        {
            throw Malformed(field, relation, "is not PACKAGE or PACKAGE (>= VERSION)");
        }

        var version = match.Groups["version"];
        if (version.Success && DebianVersion.TryParse(version.Value) is null)
        {
            throw Malformed(field, relation, $"names '{version.Value}', which is no version");
        }

        if (field == Provides && match.Groups["operator"] is { Success: true, Value: not "=" })
        {
            throw Malformed(field, relation, "provides a version that is not exact");
        }

        return match.Groups["name"].Value;
    }

    private static CanaryException Malformed(string field, string relation, string fault) =>
        InvalidPackage.Because($"in its field {field}, '{relation.Trim()}' {fault}");

    [GeneratedRegex(
        @"\A[ \t\n]*(?<name>[a-z0-9][a-z0-9+.-]+)(?::[a-z0-9][a-z0-9-]*)?[ \t\n]*(?:\([ \t\n]*(?<operator><<|<=|=|>=|>>)[ \t\n]*(?<version>[!-'*-~]+)[ \t\n]*\))?[ \t\n]*\z",
        RegexOptions.NonBacktracking
    )]
    private static partial Regex Syntax();
}
