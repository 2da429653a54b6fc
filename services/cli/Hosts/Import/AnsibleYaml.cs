using Canary.Cli.Hosts.Bootstrap;
using YamlDotNet.RepresentationModel;

namespace Canary.Cli.Hosts.Import;

/// <summary>Inventories in YAML: groups with <c>hosts</c>, <c>vars</c> and <c>children</c>.</summary>
internal static class AnsibleYaml
{
    /// <summary>Nobody nests groups deeper, and each level takes the stack.</summary>
    private const int Deepest = 50;

    /// <exception cref="CliException"><c>inventory-unreadable</c></exception>
    public static void Read(string path, string text, AnsibleInventory inventory)
    {
        if (InventoryYaml.Read(path, text) is { } root)
        {
            foreach (var (name, group) in Mapping(path, root, "the file"))
            {
                ReadGroup(path, name, group, inventory, 0);
            }
        }
    }

    private static void ReadGroup(string path, string name, YamlNode node, AnsibleInventory inventory, int level)
    {
        if (level > Deepest)
        {
            throw InventoryHosts.Unreadable(path, node.Start.Line, "its groups are nested too deep.");
        }

        var group = inventory.Group(name);
        foreach (var (key, value) in Mapping(path, node, $"the group {name}"))
        {
            switch (key)
            {
                case "hosts":
                    foreach (var (pattern, variables) in Mapping(path, value, $"hosts of {name}"))
                    {
                        AddHosts(path, pattern, name, variables, inventory);
                    }

                    break;
                case "vars":
                    foreach (var (variable, said) in Mapping(path, value, $"vars of {name}"))
                    {
                        group.Variables[variable] = said;
                    }

                    break;
                case "children":
                    foreach (var (child, below) in Mapping(path, value, $"children of {name}"))
                    {
                        group.Children.Add(child);
                        ReadGroup(path, child, below, inventory, level + 1);
                    }

                    break;
                default:
                    throw InventoryHosts.Unreadable(
                        path,
                        value.Start.Line,
                        $"the group {name} has '{key}': a group has hosts, vars and children."
                    );
            }
        }
    }

    private static void AddHosts(string path, string pattern, string group, YamlNode node, AnsibleInventory inventory)
    {
        try
        {
            var (hosts, port) = AnsiblePattern.Expand(pattern);
            var variables = Mapping(path, node, $"the host {pattern}").ToList();
            if (port is not null)
            {
                variables.Insert(0, new("ansible_port", new YamlScalarNode(port)));
            }

            foreach (var host in hosts)
            {
                inventory.Add(host, group, variables);
            }
        }
        catch (FormatException e)
        {
            throw InventoryHosts.Unreadable(path, node.Start.Line, e.Message);
        }
    }

    private static IEnumerable<KeyValuePair<string, YamlNode>> Mapping(string path, YamlNode node, string what) =>
        node switch
        {
            YamlMappingNode mapping => mapping.Children.Select(pair => new KeyValuePair<string, YamlNode>(
                pair.Key is YamlScalarNode { Value: { } key }
                    ? key
                    : throw InventoryHosts.Unreadable(path, pair.Key.Start.Line, $"{what} has a key that is no text."),
                pair.Value
            )),
            YamlScalarNode { Value: null or "" or "null" or "~" } => [],
            _ => throw InventoryHosts.Unreadable(path, node.Start.Line, $"{what} must be a mapping: NAME: …"),
        };
}
