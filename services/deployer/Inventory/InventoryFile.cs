using System.Globalization;
using System.Text.RegularExpressions;
using Canary.Contracts.Deploying;
using Canary.Failures;
using Canary.Machines.Ssh;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace Canary.Deployer.Inventory;

/// <summary>Reads the text of an inventory file. Every error names the line and the key.</summary>
internal static class InventoryFile
{
    private static readonly string[] Keys =
    [
        "name",
        "address",
        "channel",
        "role",
        "applications",
        "transport",
        "ssh",
        "tags",
        "variables",
    ];

    private static readonly string[] SshKeys = ["port", "user", "host-keys", "jump"];

    /// <exception cref="CanaryException"><c>inventory-invalid</c></exception>
    public static IReadOnlyList<InventoryHost> Parse(string path, string text)
    {
        var reader = new Reader(path);
        var hosts = reader.ReadHosts(text);
        var repeated = hosts.GroupBy(x => x.Host.Name, StringComparer.Ordinal).FirstOrDefault(x => x.Count() > 1);
        if (repeated is not null)
        {
            throw reader.Invalid(repeated.Last().Node, "name", $"'{repeated.Key}' is listed twice.");
        }

        return [.. hosts.Select(x => x.Host)];
    }

    private sealed class Reader(string path)
    {
        /// <summary>Stream and document, the list, a host, a group of its keys, a list in it; and some more.</summary>
        private const int DeepestLevel = 12;

        private const string Empty = "it lists no hosts. A fleet without hosts is written as 'hosts: []'.";

        public List<(InventoryHost Host, YamlNode Node)> ReadHosts(string text)
        {
            var yaml = new YamlStream();
            try
            {
                CheckShape(text);
                yaml.Load(new StringReader(text));
            }
            catch (YamlException exception)
            {
                throw Invalid(exception.Start.Line, $"it is not YAML: {exception.Message}", exception);
            }
            catch (Exception exception) when (exception is InvalidOperationException or ArgumentException)
            {
                // So YamlDotNet says of some texts that it does not get through.
                throw Invalid(1, "it is not YAML.", exception);
            }

            // Nothing at all is what a full disk or a dead editor leaves.
            if (yaml.Documents.Count == 0)
            {
                throw Invalid(1, Empty);
            }

            var root = Mapping(yaml.Documents[0].RootNode, "the file");
            RejectUnknownKeys(root, ["hosts"]);
            if (Child(root, "hosts") is not { } list || IsNull(list))
            {
                throw Invalid(root.Start.Line, Empty);
            }

            var entries = list as YamlSequenceNode ?? throw Invalid(list, "hosts", "It must be a list.");
            return [.. entries.Select(node => (ReadHost(Mapping(node, "a host")), node))];
        }

        /// <summary>Before nodes are made of it: deep nesting takes the stack, and an alias can stand for what it is in.</summary>
        private void CheckShape(string text)
        {
            var parser = new Parser(new StringReader(text));
            var level = 0;
            while (parser.MoveNext())
            {
                var part = parser.Current!;
                level += part.NestingIncrease;
                if (level > DeepestLevel)
                {
                    throw Invalid(part.Start.Line, "the nesting is too deep.");
                }

                if (part is AnchorAlias)
                {
                    throw Invalid(part.Start.Line, "aliases (*name) are not supported; write the value out.");
                }
            }
        }

        public CanaryException Invalid(YamlNode node, string key, string problem) =>
            Invalid(node.Start.Line, $"key '{key}': {problem}");

        private InventoryHost ReadHost(YamlMappingNode node)
        {
            RejectUnknownKeys(node, Keys);
            var name = Text(node, "name") ?? throw Invalid(node, "name", "A host needs a name.");
            if (!HostRules.HostName().IsMatch(name))
            {
                throw Invalid(Child(node, "name")!, "name", $"'{name}' is not a host name.");
            }

            return new InventoryHost
            {
                Name = name,
                Address = Address(node) ?? "127.0.0.1",
                Channel = Channel(node),
                Role = Matching(node, "role", "a role (lower-case letters, digits, - _ + .)") ?? "app",
                Applications = Applications(node),
                Transport = Matching(node, "transport", "a transport, for example 'local'") ?? "local",
                Ssh = Ssh(node),
                Tags = Tags(node),
                Variables = Variables(node),
            };
        }

        private SshAccess Ssh(YamlMappingNode host)
        {
            if (Child(host, "ssh") is not { } value || IsNull(value))
            {
                return new SshAccess();
            }

            var node = Mapping(value, "ssh");
            RejectUnknownKeys(node, SshKeys);
            var user = Text(node, "user");
            if (user is not null && !SshRules.UserName().IsMatch(user))
            {
                throw Invalid(Child(node, "user")!, "ssh.user", $"'{user}' is not the name of a user.");
            }

            return new SshAccess
            {
                Port = Port(node),
                User = user,
                HostKeys = HostKeys(node),
                Jump = Jump(node),
            };
        }

        private int Port(YamlMappingNode node)
        {
            var text = Text(node, "port");
            if (text is null)
            {
                return SshAccess.DefaultPort;
            }

            return ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port > 0
                ? port
                : throw Invalid(Child(node, "port")!, "ssh.port", $"'{text}' is not a port: 1 to 65535.");
        }

        private List<string> HostKeys(YamlMappingNode node)
        {
            if (Child(node, "host-keys") is not { } value || IsNull(value))
            {
                return [];
            }

            var list =
                value as YamlSequenceNode
                ?? throw Invalid(value, "ssh.host-keys", "It must be a list, such as [SHA256:…].");
            return
            [
                .. list.Select(item =>
                    item is YamlScalarNode { Value: { } text } && SshRules.Fingerprint().IsMatch(text)
                        ? text
                        : throw Invalid(
                            item,
                            "ssh.host-keys",
                            "Each entry must be a fingerprint as ssh-keygen -l prints it: SHA256: and 43 characters."
                        )
                ),
            ];
        }

        private List<string>? Jump(YamlMappingNode node)
        {
            if (Child(node, "jump") is not { } value || IsNull(value))
            {
                return null;
            }

            var list =
                value as YamlSequenceNode
                ?? throw Invalid(value, "ssh.jump", "It must be a list, such as [bastion.example.org]; [] is none.");
            return
            [
                .. list.Select(item =>
                    item is YamlScalarNode { Value: { } text }
                        ? SshJump.ProblemWith(text) is { } problem
                            ? throw Invalid(item, "ssh.jump", problem)
                            : text
                        : throw Invalid(item, "ssh.jump", "Each entry must be [USER@]ADDRESS[:PORT].")
                ),
            ];
        }

        private string? Address(YamlMappingNode node)
        {
            var address = Text(node, "address");
            return address is null || HostRules.IsAddress(address)
                ? address
                : throw Invalid(
                    Child(node, "address")!,
                    "address",
                    $"'{address}' is neither a host name nor an IP address."
                );
        }

        private Channel Channel(YamlMappingNode node) =>
            Text(node, "channel") switch
            {
                "canary" => Contracts.Deploying.Channel.Canary,
                "production" => Contracts.Deploying.Channel.Production,
                null => throw Invalid(node, "channel", "A host needs a channel: 'canary' or 'production'."),
                var other => throw Invalid(
                    Child(node, "channel")!,
                    "channel",
                    $"'{other}' is neither 'canary' nor 'production'."
                ),
            };

        private IReadOnlyList<string> Applications(YamlMappingNode node)
        {
            if (Child(node, "applications") is not { } value)
            {
                return [InventoryHost.AnyApplication];
            }

            var list =
                value as YamlSequenceNode ?? throw Invalid(value, "applications", "It must be a list, such as [shop].");
            return
            [
                .. list.Select(item =>
                    item is YamlScalarNode { Value: { Length: > 0 } text }
                        ? text
                        : throw Invalid(item, "applications", "Each entry must be the name of an application, or '*'.")
                ),
            ];
        }

        private Dictionary<string, string> Tags(YamlMappingNode node)
        {
            var tags = Values(
                node,
                "tags",
                HostRules.TagName(),
                "is not the name of a tag: lower-case letters, digits, . _ and - only."
            );
            foreach (var (name, value) in tags.Where(tag => !HostRules.TagValue().IsMatch(tag.Value)))
            {
                throw Invalid(
                    Child(node, "tags")!,
                    $"tags.{name}",
                    $"'{value}' is not a value of a tag: up to 63 letters, digits, . _ and - only."
                );
            }

            return tags;
        }

        private Dictionary<string, string> Variables(YamlMappingNode node) =>
            Values(node, "variables", HostRules.VariableName(), "is not a name: letters, digits, _ and - only.");

        private Dictionary<string, string> Values(YamlMappingNode node, string key, Regex rule, string otherwise)
        {
            var values = new Dictionary<string, string>(StringComparer.Ordinal);
            if (Child(node, key) is not { } list || IsNull(list))
            {
                return values;
            }

            foreach (var (child, item) in Mapping(list, key))
            {
                var name = (child as YamlScalarNode)?.Value ?? "";
                if (!rule.IsMatch(name))
                {
                    throw Invalid(child, key, $"'{name}' {otherwise}");
                }

                values[name] =
                    (item as YamlScalarNode)?.Value
                    ?? throw Invalid(item, $"{key}.{name}", "It must be a single value.");
            }

            return values;
        }

        private string? Matching(YamlMappingNode node, string key, string what)
        {
            var text = Text(node, key);
            return text is null || HostRules.Word().IsMatch(text)
                ? text
                : throw Invalid(Child(node, key)!, key, $"'{text}' is not {what}.");
        }

        private string? Text(YamlMappingNode node, string key) =>
            Child(node, key) switch
            {
                null => null,
                YamlScalarNode { Value: { Length: > 0 } text } => text,
                var other => throw Invalid(other, key, "It must be a single value."),
            };

        private YamlMappingNode Mapping(YamlNode node, string what) =>
            node as YamlMappingNode
            ?? throw Invalid(node.Start.Line, $"{what} must be a mapping, with a key and a value on each line.");

        private void RejectUnknownKeys(YamlMappingNode node, string[] known)
        {
            foreach (var key in node.Children.Keys)
            {
                var name = (key as YamlScalarNode)?.Value ?? "";
                if (!known.Contains(name))
                {
                    throw Invalid(key, name, $"There is no such key; known are {string.Join(", ", known)}.");
                }
            }
        }

        private static YamlNode? Child(YamlMappingNode node, string key) =>
            node.Children.FirstOrDefault(pair => (pair.Key as YamlScalarNode)?.Value == key).Value;

        private static bool IsNull(YamlNode node) =>
            node is YamlScalarNode { Style: ScalarStyle.Plain, Value: null or "" or "~" or "null" };

        private CanaryException Invalid(long line, string problem, Exception? cause = null) =>
            new(
                DeployerCodes.InventoryInvalid,
                $"The inventory {path} is invalid at line {line}: {problem}",
                "Correct the file; it is read again by itself. Until then, no rollout starts.",
                cause
            );
    }
}
