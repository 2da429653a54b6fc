using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Canary.Cli.Hosts.Bootstrap;

namespace Canary.Cli.Hosts.Import;

/// <summary>The text of an inventory file of Canary. What stands there stays as it is, comments included: hosts are added at its end.</summary>
internal static partial class HostsFile
{
    private const string Start = "hosts:\n";

    /// <summary>Entries of hosts, as a list.</summary>
    public static string Entries(IEnumerable<Output.ImportedHost> hosts, string indentation)
    {
        var text = new StringBuilder();
        foreach (var host in hosts)
        {
            text.Append(CultureInfo.InvariantCulture, $"{indentation}- name: {Quoted(host.Name)}\n");
            Add("address", Quoted(host.Address));
            Add("channel", host.Channel);
            Add("role", host.Role is { } role ? Quoted(role) : null);
            Add("applications", host.Applications is { } list ? $"[{string.Join(", ", list.Select(Quoted))}]" : null);
            Add("transport", "ssh");
            Add(
                "ssh",
                host.Port is { } port ? string.Create(CultureInfo.InvariantCulture, $"{{ port: {port} }}") : null
            );
            Add(
                "variables",
                host.Variables.Count > 0
                    ? $"{{ {string.Join(", ", host.Variables.Select(it => $"{it.Key}: {Quoted(it.Value)}"))} }}"
                    : null
            );
        }

        return text.ToString();

        void Add(string key, string? value)
        {
            if (value is not null)
            {
                text.Append(CultureInfo.InvariantCulture, $"{indentation}  {key}: {value}\n");
            }
        }
    }

    /// <summary>A whole file of hosts.</summary>
    public static string Whole(IReadOnlyList<Output.ImportedHost> hosts) =>
        hosts.Count > 0 ? Start + Entries(hosts, "  ") : "hosts: []\n";

    /// <summary>A file with hosts added to it.</summary>
    /// <exception cref="CliException"><c>inventory-unreadable</c></exception>
    public static string Merge(string path, string text, IReadOnlyList<Output.ImportedHost> added)
    {
        if (EmptyList().IsMatch(text))
        {
            return EmptyList().Replace(text, Start.TrimEnd(), 1).TrimEnd('\n') + "\n" + Entries(added, "  ");
        }

        var indentation = FirstEntry().Match(text) is { Success: true } entry
            ? entry.Groups["indentation"].Value
            : throw InventoryHosts.Unreadable(
                path,
                1,
                "its hosts are no list with a line for each: nothing can be added without writing it anew."
            );
        return text.TrimEnd('\n') + "\n" + Entries(added, indentation);
    }

    /// <summary>A text of one line, so that it is a text for YAML as well.</summary>
    public static string Quoted(string text) =>
        PlainScalar().IsMatch(text) ? text : $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    [GeneratedRegex(@"^hosts:[ \t]*\[[ \t]*\][ \t]*$", RegexOptions.Multiline)]
    private static partial Regex EmptyList();

    [GeneratedRegex(@"^hosts:[ \t]*(#.*)?\n(([ \t]*(#.*)?)?\n)*(?<indentation>[ ]*)- ", RegexOptions.Multiline)]
    private static partial Regex FirstEntry();

    /// <summary>What YAML takes for a text whatever it knows of numbers and truth.</summary>
    [GeneratedRegex(@"\A(?!(?i:true|false|yes|no|on|off|null|y|n)\z)[A-Za-z][A-Za-z0-9._-]*\z|\A[0-9]+(\.[0-9]+){3}\z")]
    private static partial Regex PlainScalar();
}
