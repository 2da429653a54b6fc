using System.Globalization;
using Canary.Consul;
using Canary.Contracts.Deploying;

namespace Canary.Deployer.Inventory;

/// <summary>Reads the hosts of an application from the instances of its service.</summary>
internal sealed class ConsulHosts(ConsulNames names)
{
    private const string Prefix = ConsulMetadata.Prefix;
    private const string Transport = "transport";
    private const string Tag = "tag-";
    private const string Variable = "var-";

    private const string DefaultTransport = "ssh";

    /// <summary>One host for each node and role. An instance that is described wrongly is left out, and said why.</summary>
    public IReadOnlyList<InventoryHost> Read(
        string application,
        IEnumerable<ConsulInstance> instances,
        ICollection<string> problems
    )
    {
        var found = new List<InventoryHost>();
        foreach (var instance in instances)
        {
            var roles = instance
                .Tags.Select(tag => names.Read(application, tag))
                .OfType<(string Role, Channel Channel)>()
                .GroupBy(x => x.Role, StringComparer.Ordinal);
            foreach (var role in roles)
            {
                var channels = role.Select(x => x.Channel).Distinct().ToList();
                var problem = ProblemWith(instance);
                if (problem is not null)
                {
                    problems.Add($"{instance.Node} ({application}): {problem}");
                    continue;
                }

                if (channels.Count > 1)
                {
                    problems.Add(
                        $"{instance.Node} ({application}): it is tagged for both channels, and counts as a canary."
                    );
                }

                found.Add(ToHost(application, role.Key, channels.Contains(Channel.Canary), instance));
            }
        }

        // Several instances on a node are one host: a package is installed once.
        return
        [
            .. found
                .GroupBy(host => (host.Name, host.Role))
                .Select(same => same.OrderBy(host => host.Channel).First())
                .OrderBy(host => host.Name, StringComparer.Ordinal),
        ];
    }

    private static InventoryHost ToHost(string application, string role, bool isCanary, ConsulInstance instance)
    {
        var own = ConsulMetadata.Of(instance);
        var variables = Named(own, Variable);
        if (instance.Port > 0)
        {
            variables.TryAdd("port", instance.Port.ToString(CultureInfo.InvariantCulture));
        }

        return new InventoryHost
        {
            Name = instance.Node,
            Address = instance.Address,
            Channel = isCanary ? Channel.Canary : Channel.Production,
            Role = role,
            Applications = [application],
            Transport = own.GetValueOrDefault(Transport, DefaultTransport),
            Ssh = ConsulMetadata.SshAccessOf(own),
            Tags = Named(own, Tag),
            Variables = variables,
        };
    }

    private static Dictionary<string, string> Named(IReadOnlyDictionary<string, string> own, string prefix) =>
        own.Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal))
            .ToDictionary(pair => pair.Key[prefix.Length..], pair => pair.Value, StringComparer.Ordinal);

    /// <returns><c>null</c>: nothing is wrong.</returns>
    private static string? ProblemWith(ConsulInstance instance)
    {
        if (!HostRules.HostName().IsMatch(instance.Node))
        {
            return "the name of the node is not a host name.";
        }

        return !HostRules.IsAddress(instance.Address)
            ? $"the address '{instance.Address}' is neither a host name nor an IP address."
            : ConsulMetadata
                .Of(instance)
                .Select(pair => ProblemWith(pair.Key, pair.Value))
                .FirstOrDefault(x => x is not null);
    }

    private static string? ProblemWith(string key, string value)
    {
        var isValid = key switch
        {
            Transport => HostRules.Word().IsMatch(value),
            _ when key.StartsWith(Tag, StringComparison.Ordinal) => HostRules.TagName().IsMatch(key[Tag.Length..])
                && HostRules.TagValue().IsMatch(value),
            _ when key.StartsWith(Variable, StringComparison.Ordinal) => HostRules
                .VariableName()
                .IsMatch(key[Variable.Length..]),
            _ => ConsulMetadata.IsValidSsh(key, value),
        };
        return isValid switch
        {
            true => null,
            false => $"the metadata {Prefix}{key} has the invalid value '{value}'.",
            // A key that is mistyped could be the one that keeps the host safe.
            null => $"there is no metadata {Prefix}{key}; known are {Prefix}{Transport}, "
                + $"{ConsulMetadata.SshKeys}, {Prefix}{Tag}NAME and {Prefix}{Variable}NAME.",
        };
    }
}
