using System.Globalization;
using System.Text.RegularExpressions;
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
        var hosts =
            InventoryYaml.Read(path, text) is YamlMappingNode root && Child(root, "hosts") is YamlSequenceNode list
                ? list.Children.Select(host => Host(path, host)).ToList()
                : throw Unreadable(path, 1, "it has no list 'hosts'.");
        return hosts.GroupBy(it => it.Host.Name).FirstOrDefault(named => named.Count() > 1) is { } twice
            ? throw Unreadable(path, 1, $"{twice.Key} is listed twice.")
            : hosts;
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
            ? (
                new BootstrapHost(name, Text(host, "address") ?? name, channel) { Port = Port(path, name, host) },
                Text(host, "transport") == "ssh"
            )
            : throw Unreadable(path, line, $"the channel of {name} must be canary or production.");
    }

    private static int? Port(string path, string name, YamlMappingNode host) =>
        (Child(host, "ssh") is YamlMappingNode ssh ? Text(ssh, "port") : null) is not { } text ? null
        : ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port > 0 ? port
        : throw Unreadable(path, host.Start.Line, $"'{text}' is no port of {name}.");

    private static string? Text(YamlMappingNode node, string key) => (Child(node, key) as YamlScalarNode)?.Value;

    private static YamlNode? Child(YamlMappingNode node, string key) =>
        node.Children.TryGetValue(new YamlScalarNode(key), out var child) ? child : null;
}
