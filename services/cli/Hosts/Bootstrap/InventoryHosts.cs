using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Canary.Cli.Hosts.Bootstrap;

/// <summary>Reads which hosts an inventory file of Canary lists. Whether all of it is right, the deployer says.</summary>
internal static partial class InventoryHosts
{
    [GeneratedRegex(@"\A[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?\z")]
    public static partial Regex HostName();

    /// <exception cref="CliException"><c>inventory-unreadable</c></exception>
    public static IReadOnlyList<(BootstrapHost Host, bool IsReachedOverSsh)> Read(string path, string text)
    {
        try
        {
            var yaml = new YamlStream();
            yaml.Load(new StringReader(text));
            return
                yaml.Documents.Count > 0
                && yaml.Documents[0].RootNode is YamlMappingNode root
                && Child(root, "hosts") is YamlSequenceNode hosts
                ? [.. hosts.Children.Select(host => Host(path, host))]
                : throw Unreadable(path, 1, "it has no list 'hosts'.");
        }
        catch (YamlException e)
        {
            throw Unreadable(path, e.Start.Line, $"it is not YAML: {e.Message}");
        }
    }

    public static CliException Unreadable(string path, long line, string problem) =>
        CliException.Usage(
            CliCodes.InventoryUnreadable,
            $"{path}, line {line}: {problem}",
            "Correct the file; docs/hosts.md says how it is written."
        );

    private static (BootstrapHost Host, bool IsReachedOverSsh) Host(string path, YamlNode node)
    {
        var line = node.Start.Line;
        if (node is not YamlMappingNode host || Text(host, "name") is not { } name || !HostName().IsMatch(name))
        {
            throw Unreadable(path, line, "a host needs a name, in letters that host names have.");
        }

        var channel = Text(host, "channel");
        return channel is "canary" or "production"
            ? (new BootstrapHost(name, Text(host, "address") ?? name, channel), Text(host, "transport") == "ssh")
            : throw Unreadable(path, line, $"the channel of {name} must be canary or production.");
    }

    private static string? Text(YamlMappingNode node, string key) => (Child(node, key) as YamlScalarNode)?.Value;

    private static YamlNode? Child(YamlMappingNode node, string key) =>
        node.Children.TryGetValue(new YamlScalarNode(key), out var child) ? child : null;
}
