using System.Text.Json;
using Canary.Files;

namespace Canary.Deployer.Inventory;

/// <summary>The hosts as Consul last listed them: in memory, and in a file for the time after a restart.</summary>
internal sealed class ConsulCopy
{
    // A host that is missing while it is upgraded is still that host; one that is gone for good is forgotten some time.
    private static readonly TimeSpan Memory = TimeSpan.FromDays(1);

    private readonly Lock _lock = new();
    private readonly string _path;
    private readonly ILogger<ConsulCopy> _logger;
    private readonly Dictionary<string, Part> _parts = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Host, string Application), Seen> _seen = [];
    private string _hosts = "";

    public ConsulCopy(DataDirectory data, ILogger<ConsulCopy> logger)
    {
        _path = Path.Combine(data.For(DeployerModule.Name), "consul-hosts.json");
        _logger = logger;
        Load();
    }

    /// <summary>Counts the changes.</summary>
    public int Changes { get; private set; }

    /// <summary>All hosts, and when the oldest part of that was learned; <c>null</c>: nothing is known yet.</summary>
    public (IReadOnlyList<InventoryHost> Hosts, DateTimeOffset AsOf)? Read()
    {
        lock (_lock)
        {
            return _parts.Count == 0
                ? null
                : ([.. _parts.Values.SelectMany(part => part.Hosts)], _parts.Values.Min(part => part.AsOf));
        }
    }

    public InventoryHost? Find(string host, string application)
    {
        lock (_lock)
        {
            return _seen.GetValueOrDefault((host, application))?.Host;
        }
    }

    /// <summary>Takes over what Consul says of a service.</summary>
    public void Put(string service, IReadOnlyList<InventoryHost> hosts, DateTimeOffset now)
    {
        lock (_lock)
        {
            _parts[service] = new Part(hosts, now);
            foreach (var host in hosts)
            {
                _seen[(host.Name, host.Applications[0])] = new Seen(host, now);
            }

            Save();
        }
    }

    /// <summary>Takes over which services there are.</summary>
    public void Keep(IReadOnlyCollection<string> services, DateTimeOffset now)
    {
        lock (_lock)
        {
            foreach (var gone in _parts.Keys.Except(services).ToList())
            {
                _parts.Remove(gone);
            }

            // That there is none is known, too.
            if (services.Count == 0)
            {
                _parts[""] = new Part([], now);
            }

            foreach (var (key, seen) in _seen.ToList())
            {
                if (now - seen.At > Memory)
                {
                    _seen.Remove(key);
                }
            }

            Save();
        }
    }

    private void Save()
    {
        var hosts = JsonSerializer.Serialize(_parts.Values.SelectMany(part => part.Hosts));
        if (hosts != _hosts)
        {
            _hosts = hosts;
            Changes++;
        }

        try
        {
            // Replicas may share the directory.
            var draft = $"{_path}.{Environment.MachineName}.{Environment.ProcessId}.new";
            File.WriteAllText(draft, JsonSerializer.Serialize(_parts));
            File.Move(draft, _path, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _logger.LogWarning(exception, "The hosts could not be written to {Path}", _path);
        }
    }

    private void Load()
    {
        if (!File.Exists(_path))
        {
            return;
        }

        try
        {
            var parts = JsonSerializer.Deserialize<Dictionary<string, Part>>(File.ReadAllText(_path)) ?? [];
            foreach (var (service, part) in parts)
            {
                _parts[service] = part;
                foreach (var host in part.Hosts)
                {
                    _seen[(host.Name, host.Applications[0])] = new Seen(host, part.AsOf);
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            _logger.LogWarning(exception, "{Path} cannot be read; Consul is asked anew", _path);
        }
    }

    private sealed record Part(IReadOnlyList<InventoryHost> Hosts, DateTimeOffset AsOf);

    private sealed record Seen(InventoryHost Host, DateTimeOffset At);
}
