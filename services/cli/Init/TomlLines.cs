using System.Text.RegularExpressions;

namespace Canary.Cli.Init;

/// <summary>Texts of tables in TOML, for the few that name a program: of anything else than <c>name = "text"</c> nothing is known.</summary>
internal static partial class TomlLines
{
    /// <summary>The texts of a table, such as <c>package</c> or <c>[bin]</c> for one of an array of tables.</summary>
    public static IReadOnlyDictionary<string, string> Table(string toml, string table)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        var current = "";
        foreach (var line in toml.Split('\n'))
        {
            if (Header().Match(line) is { Success: true } header)
            {
                current = header.Groups["name"].Value;
            }
            else if (current == table && Entry().Match(line) is { Success: true } entry)
            {
                found.TryAdd(entry.Groups["key"].Value.Trim('"'), entry.Groups["value"].Value);
            }
        }

        return found;
    }

    [GeneratedRegex(@"^\s*\[\s*(?<name>\[?[A-Za-z0-9_.\x2D]+\]?)\s*\]\s*(#.*)?$")]
    private static partial Regex Header();

    [GeneratedRegex(@"^\s*(?<key>[A-Za-z0-9_\x2D]+|""[^""]+"")\s*=\s*[""'](?<value>[^""'\\]*)[""']\s*(#.*)?$")]
    private static partial Regex Entry();
}
