using YamlDotNet.RepresentationModel;

namespace Canary.Cli.Hosts.Import;

/// <summary>
/// An inventory of Ansible: groups, what is in them, and their variables, as its file has them. Directories <c>group_vars</c> and
/// <c>host_vars</c> are not read, nor are inventories that are programs.
/// </summary>
internal sealed class AnsibleInventory
{
    private const string All = "all";

    private const string Ungrouped = "ungrouped";

    private readonly Dictionary<string, AnsibleGroup> _groups = new(StringComparer.Ordinal);

    private readonly Dictionary<string, Dictionary<string, YamlNode>> _hosts = new(StringComparer.Ordinal);

    public AnsibleInventory()
    {
        Group(All).Children.Add(Ungrouped);
        Group(Ungrouped);
    }

    /// <summary>Names of its hosts, in the order of the file.</summary>
    public IEnumerable<string> Hosts => _hosts.Keys;

    /// <summary>Names of its groups.</summary>
    public IEnumerable<string> Groups => _groups.Keys;

    /// <summary>Reads one, whichever of both ways it is written.</summary>
    /// <exception cref="CliException"><c>inventory-unreadable</c></exception>
    public static AnsibleInventory Read(string path, string text)
    {
        var inventory = new AnsibleInventory();
        if (IsYaml(path, text))
        {
            AnsibleYaml.Read(path, text, inventory);
        }
        else
        {
            AnsibleIni.Read(path, text, inventory);
        }

        inventory.RefuseCircles(path);
        return inventory;
    }

    /// <summary>A group, which is made if it is not there.</summary>
    public AnsibleGroup Group(string name)
    {
        if (!_groups.TryGetValue(name, out var group))
        {
            _groups[name] = group = new AnsibleGroup(name);
        }

        return group;
    }

    public bool Has(string group) => _groups.ContainsKey(group);

    /// <summary>Puts a host into a group; what is said of it here is added to what was said before.</summary>
    public void Add(string host, string group, IEnumerable<KeyValuePair<string, YamlNode>> variables)
    {
        if (!_hosts.TryGetValue(host, out var known))
        {
            _hosts[host] = known = new Dictionary<string, YamlNode>(StringComparer.Ordinal);
        }

        foreach (var (name, value) in variables)
        {
            known[name] = value;
        }

        Group(group).Hosts.Add(host);
    }

    /// <summary>Whether a host is in a group, or in one below it.</summary>
    public bool IsIn(string host, string group) => group == All || GroupsOf(host).Any(it => it.Name == group);

    /// <summary>All that is said of a host: of groups those that are further down count more, and the host itself the most.</summary>
    public IReadOnlyDictionary<string, YamlNode> VariablesOf(string host)
    {
        var variables = new Dictionary<string, YamlNode>(StringComparer.Ordinal);
        var groups = GroupsOf(host)
            .Append(Group(All))
            .DistinctBy(group => group.Name)
            .OrderBy(group => DepthOf(group.Name))
            .ThenBy(group => group.Priority)
            .ThenBy(group => group.Name, StringComparer.Ordinal);
        foreach (var (name, value) in groups.SelectMany(group => group.Variables).Concat(_hosts[host]))
        {
            variables[name] = value;
        }

        return variables;
    }

    private HashSet<AnsibleGroup> GroupsOf(string host)
    {
        var found = new HashSet<AnsibleGroup>();
        var left = new Queue<AnsibleGroup>(_groups.Values.Where(group => group.Hosts.Contains(host)));
        while (left.TryDequeue(out var group))
        {
            if (found.Add(group))
            {
                foreach (var parent in _groups.Values.Where(it => it.Children.Contains(group.Name)))
                {
                    left.Enqueue(parent);
                }
            }
        }

        return found;
    }

    private int DepthOf(string group) =>
        group == All
            ? 0
            : _groups
                .Values.Where(it => it.Children.Contains(group))
                .Select(parent => DepthOf(parent.Name) + 1)
                .DefaultIfEmpty(1)
                .Max();

    private void RefuseCircles(string path)
    {
        foreach (var group in _groups.Values)
        {
            var seen = new HashSet<string>(StringComparer.Ordinal);
            var left = new Queue<string>(group.Children);
            while (left.TryDequeue(out var child))
            {
                if (child == group.Name)
                {
                    throw Bootstrap.InventoryHosts.Unreadable(path, 1, $"the group {child} is below itself.");
                }

                if (seen.Add(child))
                {
                    Group(child).Children.ToList().ForEach(left.Enqueue);
                }
            }
        }
    }

    private static bool IsYaml(string path, string text)
    {
        if (Path.GetExtension(path) is ".yml" or ".yaml" or ".json")
        {
            return true;
        }

        var first = text.Split('\n').Select(line => line.Trim()).FirstOrDefault(line => line is [not ('#' or ';'), ..]);
        return first is not null && (first == "---" || first[0] == '{' || (first[0] != '[' && first[^1] == ':'));
    }
}

/// <summary>A group of an inventory.</summary>
internal sealed class AnsibleGroup(string name)
{
    public string Name { get; } = name;

    public HashSet<string> Hosts { get; } = new(StringComparer.Ordinal);

    public HashSet<string> Children { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, YamlNode> Variables { get; } = new(StringComparer.Ordinal);

    /// <summary>Among groups of one depth, higher ones count more.</summary>
    public int Priority =>
        Variables.TryGetValue("ansible_group_priority", out var node)
        && node is YamlScalarNode { Value: { } text }
        && int.TryParse(text, out var priority)
            ? priority
            : 1;
}
