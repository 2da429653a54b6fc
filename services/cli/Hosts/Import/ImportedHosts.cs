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

        if (variables.FirstOrDefault(variable => !VariableName().IsMatch(variable)) is { } unfit)
        {
            throw CliException.Usage(
                CliCodes.Usage,
                $"'{unfit}' is no variable that a host of Canary can have.",
                "Use letters, digits, _ and -."
            );
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

            var (portName, port) = Named(said, "ansible_ssh_port", "ansible_port") ?? ("", "22");
            var (addressName, address) = Named(said, "ansible_ssh_host", "ansible_host") ?? ("ansible_host", name);
            return new Output.ImportedHost
            {
                Name = name,
                Address = Address(name, addressName, address),
                Channel = channel,
                Role = Text(said, "canary_role") is { } role ? Role(name, role) : null,
                Applications = List(said, "canary_applications")?.Select(it => Application(name, it)).ToList(),
                Port =
                    int.TryParse(port, CultureInfo.InvariantCulture, out var number) && number is > 0 and < 65536
                        ? number == 22
                            ? null
                            : number
                        : throw InventoryHosts.Unreadable(
                            path,
                            said[portName].Start.Line,
                            $"{portName} of {name} is '{port}'."
                        ),
                Variables = variables
                    .Distinct()
                    .Where(said.ContainsKey)
                    .ToDictionary(it => it, it => Variable(name, it, said)),
            };
        }

        // The deployer reads what is written here, and takes none of a file with one value that is wrong.
        string Address(string host, string what, string value) =>
            value.All(char.IsAscii) && Uri.CheckHostName(value) != UriHostNameType.Unknown
                ? value
                : throw Unfit(host, what, value, "the name or the IP address itself");

        string Role(string host, string value) =>
            RoleName().IsMatch(value)
                ? value
                : throw Unfit(host, "canary_role", value, "a role itself, in lower-case letters, digits, - _ + and .");

        string Application(string host, string value) =>
            value is "*" || PlainText().IsMatch(value)
                ? value
                : throw Unfit(host, "canary_applications", value, "names of applications, or *");

        string Variable(string host, string variable, IReadOnlyDictionary<string, YamlNode> said)
        {
            var value =
                Text(said, variable)
                ?? throw InventoryHosts.Unreadable(
                    path,
                    said[variable].Start.Line,
                    $"{variable} of {host} is no text and no number."
                );
            return UnfitText().IsMatch(value)
                ? throw Unfit(host, variable, value, "the value itself, in one line")
                : value;
        }

        CliException Unfit(string host, string what, string value, string wanted) =>
            InventoryHosts.Unreadable(
                path,
                1,
                $"{what} of {host} is '{value}': write {wanted}; Canary does not know templates of Ansible."
            );
    }

    private static string? Text(IReadOnlyDictionary<string, YamlNode> said, string name) =>
        said.TryGetValue(name, out var node) && node is YamlScalarNode { Value: { Length: > 0 } text } ? text : null;

    /// <summary>The first of these that is said. Ansible still reads its names of before 2.0, and they count more than those of now.</summary>
    private static (string Name, string Value)? Named(
        IReadOnlyDictionary<string, YamlNode> said,
        params ReadOnlySpan<string> names
    )
    {
        foreach (var name in names)
        {
            if (Text(said, name) is { } value)
            {
                return (name, value);
            }
        }

        return null;
    }

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

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9.+_-]*\z")]
    private static partial Regex RoleName();

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_-]{0,63}\z")]
    private static partial Regex VariableName();

    /// <summary>Templates, and what ends a line or is no text at all.</summary>
    [GeneratedRegex(@"\{[{%#]|[\p{Cc}\u2028\u2029]")]
    private static partial Regex UnfitText();
}
