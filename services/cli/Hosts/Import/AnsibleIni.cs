using System.Text;
using System.Text.RegularExpressions;
using Canary.Cli.Hosts.Bootstrap;
using YamlDotNet.RepresentationModel;

namespace Canary.Cli.Hosts.Import;

/// <summary>Inventories in the format that looks like INI: sections <c>[group]</c>, <c>[group:children]</c> and <c>[group:vars]</c>.</summary>
internal static partial class AnsibleIni
{
    /// <exception cref="CliException"><c>inventory-unreadable</c></exception>
    public static void Read(string path, string text, AnsibleInventory inventory)
    {
        var (group, kind) = ("ungrouped", "");
        // A group may be spoken of before the section that it has.
        var declared = new HashSet<string>(["all", group], StringComparer.Ordinal);
        var spokenOf = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (number, line) in text.Split('\n').Select(line => line.Trim()).Index())
        {
            if (line is [] or ['#' or ';', ..])
            {
                continue;
            }

            try
            {
                switch (line[0] == '[' ? "section" : kind)
                {
                    case "section":
                        (group, kind) = Section(line);
                        inventory.Group(group);
                        if (kind == "vars")
                        {
                            spokenOf.TryAdd(group, number + 1);
                        }
                        else
                        {
                            declared.Add(group);
                        }

                        break;
                    case "vars":
                        var (name, value) = Variable(line);
                        inventory.Group(group).Variables[name] = value;
                        break;
                    case "children":
                        var child = Words(line)[0];
                        inventory.Group(group).Children.Add(child);
                        spokenOf.TryAdd(child, number + 1);
                        break;
                    default:
                        AddHosts(line, group, inventory);
                        break;
                }
            }
            catch (FormatException e)
            {
                throw InventoryHosts.Unreadable(path, number + 1, e.Message);
            }
        }

        if (spokenOf.FirstOrDefault(it => !declared.Contains(it.Key)) is { Key: { } unknown, Value: var at })
        {
            throw InventoryHosts.Unreadable(path, at, $"there is no group '{unknown}'.");
        }
    }

    private static (string Group, string Kind) Section(string line) =>
        SectionLine().Match(line) is { Success: true } match
            ? (match.Groups["group"].Value, match.Groups["kind"].Value)
            : throw new FormatException($"'{line}' is no section: write [GROUP], [GROUP:children] or [GROUP:vars].");

    private static void AddHosts(string line, string group, AnsibleInventory inventory)
    {
        var words = Words(line);
        var (hosts, port) = AnsiblePattern.Expand(words[0]);
        var variables = words.Skip(1).Select(Assignment).ToList();
        if (port is not null)
        {
            variables.Insert(0, new("ansible_port", new YamlScalarNode(port)));
        }

        foreach (var host in hosts)
        {
            inventory.Add(host, group, variables);
        }
    }

    private static KeyValuePair<string, YamlNode> Assignment(string word) =>
        word.IndexOf('=', StringComparison.Ordinal) is > 0 and var at
            ? new(word[..at], Value(word[(at + 1)..]))
            : throw new FormatException($"'{word}' is no variable: write NAME=VALUE.");

    private static KeyValuePair<string, YamlNode> Variable(string line) =>
        line.IndexOf('=', StringComparison.Ordinal) is > 0 and var at
            ? new(line[..at].Trim(), Value(line[(at + 1)..].Trim()))
            : throw new FormatException($"'{line}' is no variable: write NAME=VALUE.");

    /// <summary>What Python would read as a value is one; a list is one of texts here.</summary>
    private static YamlNode Value(string text)
    {
        if (text is ['\'' or '"', .., var last] && last == text[0])
        {
            return new YamlScalarNode(text[1..^1]);
        }

        return text is ['[', .. var inner, ']']
            ? new YamlSequenceNode(
                inner
                    .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                    .Select(it => new YamlScalarNode(it.Trim('\'', '"')))
            )
            : new YamlScalarNode(text);
    }

    /// <summary>Words as a shell has them: in quotes they may have spaces, and <c>#</c> begins a comment.</summary>
    private static List<string> Words(string line)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        char? quote = null;
        var isWord = false;
        for (var i = 0; i < line.Length; i++)
        {
            var letter = line[i];
            if (letter == '\\' && quote != '\'' && i + 1 < line.Length)
            {
                word.Append(line[++i]);
                isWord = true;
            }
            else if (quote is not null)
            {
                if (letter == quote)
                {
                    quote = null;
                }
                else
                {
                    word.Append(letter);
                }
            }
            else if (letter is '\'' or '"')
            {
                (quote, isWord) = (letter, true);
            }
            else if (letter == '#')
            {
                break;
            }
            else if (!char.IsWhiteSpace(letter))
            {
                word.Append(letter);
                isWord = true;
            }
            else if (isWord)
            {
                words.Add($"{word}");
                word.Clear();
                isWord = false;
            }
        }

        if (quote is not null)
        {
            throw new FormatException($"a quotation mark {quote} is not closed.");
        }

        if (isWord)
        {
            words.Add($"{word}");
        }

        return words.Count > 0 ? words : throw new FormatException($"'{line}' names nothing.");
    }

    [GeneratedRegex(@"\A\[(?<group>[^:\]\s]+)(:(?<kind>children|vars))?\]\s*([#;].*)?\z")]
    private static partial Regex SectionLine();
}
