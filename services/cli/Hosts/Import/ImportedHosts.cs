using System.Globalization;
using System.Text.RegularExpressions;
using Canary.Cli.Hosts.Bootstrap;
using YamlDotNet.RepresentationModel;

namespace Canary.Cli.Hosts.Import;

/// <summary>Makes hosts of Canary of those of an inventory of Ansible.</summary>
internal static partial class ImportedHosts
{
    private static readonly string[] Channels = ["canary", "production"];

    /// <param name="inventory">Theirs.</param>
    /// <param name="path">Its file, for what is to be said of it.</param>
    /// <param name="channels">Channel by group; empty: all hosts, for production.</param>
    /// <param name="variables">Variables that come along.</param>
    /// <exception cref="CliException"><c>inventory-unreadable</c></exception>
    public static IReadOnlyList<Output.ImportedHost> Of(
        AnsibleInventory inventory,
        string path,
        IReadOnlyDictionary<string, string> channels,
        IReadOnlyList<string> variables
    )
    {
        if (channels.Keys.FirstOrDefault(group => !inventory.Has(group)) is { } unknown)
        {
            throw InventoryHosts.Unreadable(path, 1, $"it has no group '{unknown}'.");
        }

        return
        [
            .. inventory
                .Hosts.Select(host => (Name: host, Said: inventory.VariablesOf(host)))
                .Where(host => Text(host.Said, "ansible_connection") != "local")
                .Select(host => (host.Name, host.Said, Channel: ChannelOf(host.Name, host.Said)))
                .Where(host => host.Channel is not null)
                .Select(host => Make(host.Name, host.Said, host.Channel!)),
        ];

        string? ChannelOf(string host, IReadOnlyDictionary<string, YamlNode> said)
        {
            if (Text(said, "canary_channel") is { } own)
            {
                return Channels.Contains(own)
                    ? own
                    : throw InventoryHosts.Unreadable(
                        path,
                        said["canary_channel"].Start.Line,
                        $"canary_channel of {host} must be canary or production, and not '{own}'."
                    );
            }

            // Canaries often are some of a group.
            var found = channels.Where(it => inventory.IsIn(host, it.Key)).Select(it => it.Value).ToHashSet();
            return found.Contains("canary") ? "canary"
                : found.Count > 0 || channels.Count == 0 ? "production"
                : null;
        }

        Output.ImportedHost Make(string name, IReadOnlyDictionary<string, YamlNode> said, string channel)
        {
            if (!InventoryHosts.HostName().IsMatch(name))
            {
                throw InventoryHosts.Unreadable(path, 1, $"'{name}' is no name that a host of Canary can have.");
            }

            var port = Text(said, "ansible_port") ?? "22";
            return new Output.ImportedHost
            {
                Name = name,
                Address = Plain(name, "ansible_host", Text(said, "ansible_host") ?? name),
                Channel = channel,
                Role = Text(said, "canary_role") is { } role ? Plain(name, "canary_role", role) : null,
                Applications = List(said, "canary_applications")
                    ?.Select(it => Plain(name, "canary_applications", it))
                    .ToList(),
                Port =
                    int.TryParse(port, CultureInfo.InvariantCulture, out var number) && number is > 0 and < 65536
                        ? number == 22
                            ? null
                            : number
                        : throw InventoryHosts.Unreadable(
                            path,
                            said["ansible_port"].Start.Line,
                            $"ansible_port of {name} is '{port}'."
                        ),
                Variables = variables
                    .Where(said.ContainsKey)
                    .ToDictionary(
                        it => it,
                        it =>
                            Text(said, it)
                            ?? throw InventoryHosts.Unreadable(
                                path,
                                said[it].Start.Line,
                                $"{it} of {name} is no text and no number."
                            )
                    ),
            };
        }

        string Plain(string host, string what, string value) =>
            value is "*" || PlainText().IsMatch(value)
                ? value
                : throw InventoryHosts.Unreadable(
                    path,
                    1,
                    $"{what} of {host} is '{value}': write the value itself, Canary does not know templates of Ansible."
                );
    }

    private static string? Text(IReadOnlyDictionary<string, YamlNode> said, string name) =>
        said.TryGetValue(name, out var node) && node is YamlScalarNode { Value: { Length: > 0 } text } ? text : null;

    private static string[]? List(IReadOnlyDictionary<string, YamlNode> said, string name) =>
        said.GetValueOrDefault(name) switch
        {
            YamlSequenceNode list => [.. list.Children.OfType<YamlScalarNode>().Select(it => it.Value ?? "")],
            YamlScalarNode { Value: { Length: > 0 } text } => text.Split(
                [',', ' '],
                StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries
            ),
            _ => null,
        };

    [GeneratedRegex(@"\A[A-Za-z0-9._:+-]+\z")]
    private static partial Regex PlainText();
}
