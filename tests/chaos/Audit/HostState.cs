namespace Canary.Chaos.Tests.Audit;

/// <summary>What dpkg says on the hosts.</summary>
internal sealed class HostState(Installation installation)
{
    private readonly Dictionary<(string Host, string Package), Task<string?>> _installed = [];

    /// <summary>Version that is installed now; <c>null</c>: none.</summary>
    public Task<string?> InstalledAsync(string host, string package)
    {
        if (!_installed.TryGetValue((host, package), out var version))
        {
            _installed[(host, package)] = version = installation.InstalledAsync(host, package);
        }

        return version;
    }

    /// <summary>Versions of a package in the order in which dpkg installed them, from its own log; <c>null</c> stands for a
    /// removal.</summary>
    public IReadOnlyList<string?> History(string host, string package)
    {
        var log = Path.Combine(installation.HostRoot(host), "var/log/dpkg.log");
        if (!File.Exists(log))
        {
            return [];
        }

        var history = new List<string?>();
        var before = "";
        foreach (var words in File.ReadLines(log).Select(line => line.Split(' ')))
        {
            // 2026-01-31 12:00:00 status half-configured PACKAGE:ARCHITECTURE VERSION
            if (words is not [_, _, "status", var status, var name, var version] || !Is(name))
            {
                continue;
            }

            // A removal begins with 'installed', too.
            if (status == "installed" && before == "half-configured")
            {
                history.Add(version);
            }
            else if (status == "not-installed")
            {
                history.Add(null);
            }

            before = status;
        }

        return history;

        bool Is(string name) => name.StartsWith(package + ":", StringComparison.Ordinal);
    }
}
